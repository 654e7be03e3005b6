import { readFile } from 'node:fs/promises';
import { SlidestreamError } from '@slidestream/core';

const STRING_OR_CONSTANT = /"(?:[^"\\]|\\.)*"|\bNaN\b|-?\bInfinity\b/g;

/**
 * Reads JSON as Python writes it: `NaN` and `Infinity` are accepted and become numbers.
 *
 * @throws SlidestreamError `conformance/bad-json`
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  const quoted = text.replace(STRING_OR_CONSTANT, (token) => (token.startsWith('"') ? token : `"\u0000${token}"`));
  try {
    return JSON.parse(quoted.replaceAll('\u0000', '\\u0000'), (_, value) => constant(value));
  } catch (cause) {
    throw new SlidestreamError({
      code: 'conformance/bad-json',
      category: 'data',
      message: 'not valid JSON',
      where: { file: path },
      cause,
    });
  }
}

function constant(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('\u0000') ? Number(value.slice(1)) : value;
}
