import { toFloat32 } from '@slidestream/core';
import type { Comparison } from './comparison.js';
import { type MilCase, tensorsUnder } from './mil-case.js';

/** Largest gradient that counts as zero, relative to the largest of all. */
const ZERO = 1e-5;
const RELATIVE = 1e-4;

/**
 * Compares gradients by the tolerances of vectors/README.md. A gradient that is zero by nature (a bias in front of a softmax)
 * is noise in the reference as well and is held against 0.
 *
 * @param gradients - by parameter name; `undefined` = the loss does not depend on it
 */
export function compareGradients(
  comparison: Comparison,
  vector: MilCase,
  gradients: ReadonlyMap<string, Float32Array | undefined>,
  inputGradient: Float32Array | undefined,
): void {
  const expected = tensorsUnder(vector.tensors, 'grad.');
  const inputExpected = vector.tensors.get('grad_in.x');
  const records = [...expected.values(), ...(inputExpected === undefined ? [] : [inputExpected])];
  if (records.length === 0) return;
  const largest = Math.max(...records.map((record) => maxAbsolute(toFloat32(record))));
  for (const [name, gradient] of gradients) {
    const want = expected.get(name);
    const zero = want === undefined || vector.zeroGradient.includes(name) || maxAbsolute(toFloat32(want)) <= ZERO * largest;
    if (zero) comparison.error(`grad.${name}`, maxAbsolute(gradient ?? new Float32Array(1)), ZERO * largest);
    else if (gradient === undefined) comparison.fail(`${name} gets no gradient`);
    else comparison.close(`grad.${name}`, gradient, toFloat32(want), { ofMax: RELATIVE });
  }
  for (const name of expected.keys()) if (!gradients.has(name)) comparison.fail(`the head has no parameter ${name}`);
  if (inputExpected === undefined) return;
  if (inputGradient === undefined) comparison.fail('the input gets no gradient');
  else comparison.close('grad_in.x', inputGradient, toFloat32(inputExpected), { ofMax: RELATIVE });
}

function maxAbsolute(values: Float32Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}
