import { toNormalisedTensor } from '@slidestream/augment';
import { imageNet } from '@slidestream/backbones';
import { startEngine } from '@slidestream/engine-node';
import { pseudoInverse } from '@slidestream/mil-heads';
import { gelu } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { UnknownCase } from './conformance-case.js';
import { fieldsOf, type NumbersCheck } from './numbers-case.js';

/** A square tile whose pixels hold the recorded grey values, made an encoder's input. */
const normalise: NumbersCheck = async ({ value }, comparison) => {
  const names = ['pixel', 'formula', 'out'] as const;
  const one = fieldsOf<{ pixel: readonly number[]; formula: string; out: readonly (readonly number[])[] }>(value, names);
  await startEngine();
  const side = Math.ceil(Math.sqrt(one.pixel.length));
  const data = new Uint8Array(side * side * 3);
  one.pixel.forEach((pixel, i) => {
    data.fill(pixel, 3 * i, 3 * i + 3);
  });
  const input = toNormalisedTensor({ data, count: 1, heightPx: side, widthPx: side }, { sizePx: side, normalisation: imageNet });
  const values = await input.data();
  input.dispose();
  one.out.forEach((expected, channel) => {
    const ours = one.pixel.map((_, i) => values[3 * i + channel] as number);
    comparison.close(`channel ${channel}`, ours, expected, { absolute: 1e-6 });
  });
};

const exactGelu: NumbersCheck = async ({ value }, comparison) => {
  const one = fieldsOf<{ x: readonly number[]; y: readonly number[]; kind: string }>(value, ['x', 'y', 'kind']);
  if (one.kind !== 'exact erf form') throw new UnknownCase(`gelu of kind "${one.kind}"`);
  await startEngine();
  const y = tf.tidy(() => gelu(tf.tensor1d([...one.x])));
  comparison.close('y', await y.data(), one.y, { absolute: 1e-6, relative: 1e-6 });
  y.dispose();
};

type Nested = readonly (number | Nested)[];

/** Input and output are two tables of one file, and so two cases of one comparison; the reference scales by the whole batch. */
const pinv: NumbersCheck = async ({ document }, comparison) => {
  const { pinv_input: input, pinv_output: output } = document as { readonly pinv_input?: Nested; readonly pinv_output?: Nested };
  if (input === undefined || output === undefined) throw new UnknownCase('needs pinv_input and pinv_output');
  await startEngine();
  const inverse = tf.tidy(() => pseudoInverse(tf.tensor(input as number[]), 'batch'));
  comparison.close('pinv_output', await inverse.data(), (output as number[]).flat(3), { absolute: 2e-5, relative: 1e-4 });
  inverse.dispose();
};

/** Checks of `numbers/normalise.json` and `numbers/misc.json` by key. */
export const miscChecks: Readonly<Record<string, NumbersCheck>> = {
  normalise,
  'misc/gelu': exactGelu,
  'misc/pinv_input': pinv,
  'misc/pinv_output': pinv,
};
