import { SlidestreamError } from '@slidestream/core';
import { nearestName } from './nearest-name.js';

/** `heads/unknown-name`. */
export function unknownHead(name: string, known: readonly string[]): SlidestreamError {
  return unknown('heads/unknown-name', `there is no MIL head "${name}"`, name, known);
}

/** `heads/unknown-option`. */
export function unknownOption(head: string, option: string, known: readonly string[]): SlidestreamError {
  return unknown('heads/unknown-option', `head "${head}" has no option "${option}"`, option, known);
}

/** `heads/bad-option`. */
export function badOption(head: string, option: string, problem: string): SlidestreamError {
  return new SlidestreamError({
    code: 'heads/bad-option',
    category: 'usage',
    message: `option "${option}" of head "${head}" ${problem}`,
  });
}

/** `heads/bad-input`. */
export function badInput(head: string, problem: string): SlidestreamError {
  return new SlidestreamError({ code: 'heads/bad-input', category: 'data', message: `head "${head}": ${problem}` });
}

function unknown(code: string, message: string, wanted: string, known: readonly string[]): SlidestreamError {
  const nearest = nearestName(wanted, known);
  const did = nearest === undefined ? '' : `Did you mean "${nearest}"? `;
  return new SlidestreamError({ code, category: 'usage', message, hint: `${did}Known: ${known.join(', ')}` });
}
