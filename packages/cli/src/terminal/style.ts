import type { VerbContext } from '../verb.js';

/** Colours when `stream` is a terminal that wants them (NO_COLOR, TERM=dumb), plain text otherwise. */
export function createStyle(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): VerbContext['style'] {
  const wanted = stream.isTTY === true && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
  const paint = (code: number) => (text: string) => (wanted ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: paint(32), warn: paint(33), bad: paint(31), faint: paint(2) };
}
