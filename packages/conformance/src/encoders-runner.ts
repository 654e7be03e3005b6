import type { Encoder } from '@slidestream/backbones';
import { randomStream, type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { loadStateDict, toOutside, toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { Comparison } from './comparison.js';
import { type CaseResult, type CaseRunner, UnknownCase } from './conformance-case.js';
import { wideningOf } from './device-precision.js';
import { type EncoderCase, type Fingerprint, readEncoderCase } from './encoder-case.js';
import { encoderSpecOf, isTransformer } from './encoder-spec.js';
import { inScope, readBack } from './read-back.js';

/** Runs an encoder's golden vector: features, loss, gradients and their fingerprints, running statistics. */
export const runEncoder: CaseRunner = async (caseFile): Promise<CaseResult> => {
  const vector = await readEncoderCase(caseFile);
  const spec = encoderSpecOf(vector.encoder, vector.options, new Set(vector.state.keys()));
  const { device, lacks } = await startEngine();
  if (vector.training && lacks.length > 0) throw new UnknownCase(`${device} cannot train encoders: it lacks ${lacks.join(', ')}`);
  const encoder = spec.build({ random: randomStream(0) });
  try {
    load(encoder, vector.state);
    const comparison = new Comparison(wideningOf(device));
    await inScope(() => compareEncoder(comparison, vector, encoder, lacks.length === 0));
    return comparison.result(caseFile);
  } finally {
    encoder.dispose();
  }
};

/** Formula weights leave the counters out. */
function load(encoder: Encoder, state: StateDict): void {
  const { missing, unexpected } = loadStateDict(encoder, state, { strict: false });
  const lost = [...missing.filter((name) => !name.endsWith('num_batches_tracked')), ...unexpected];
  if (lost.length > 0) throw new Error(`the weights do not fit the encoder: ${lost.slice(0, 5).join(', ')}`);
}

async function compareEncoder(comparison: Comparison, vector: EncoderCase, encoder: Encoder, gradients: boolean): Promise<void> {
  const { input, training, tensors } = vector;
  const asked = tensors.has('grad_in.x') || 'in.x' in vector.fingerprints;
  const tiles = tf.variable(tf.transpose(tf.tensor4d(toFloat32(input), input.shape as [number, number, number, number]), [0, 2, 3, 1]));
  const parameters = [...encoder.trainable()];
  let features: Promise<ArrayLike<number>> = Promise.resolve([]);
  const variables = [...(asked ? [tiles] : []), ...parameters.map(([, { variable }]) => variable)];
  const { ofFeatures, ofGradients } = tolerances(vector);
  const expected = toFloat32(required(tensors, 'out.feat'));
  const forward = (): tf.Scalar => {
    const context = { training, random: randomStream('conform'), inputGradient: asked };
    const output = encoder.forward(tiles as tf.Tensor as tf.Tensor4D, context);
    features = readBack(output);
    const weights = tf.reshape(tf.cos(tf.mul(tf.range(0, output.size), 0.1)), output.shape);
    return tf.sum(tf.mul(output, weights));
  };
  const { value, grads } = gradients ? tf.variableGrads(forward, variables as tf.Variable[]) : { value: forward(), grads: null };
  comparison.close('out.feat', await features, expected, { ofMax: ofFeatures });
  const largest = expected.reduce((most, item) => Math.max(most, Math.abs(item)), 0);
  const lossTolerance = { absolute: ofFeatures * largest * Math.sqrt(expected.length) };
  comparison.close('out.loss', await value.data(), toFloat32(required(tensors, 'out.loss')), lossTolerance);
  if (grads !== null) {
    for (const [name, { variable, layout }] of parameters) {
      const gradient = toOutside((await grads[variable.name]?.data()) as Float32Array, variable.shape, layout);
      compareGradient(comparison, vector, name, gradient, ofGradients);
    }
    if (asked) {
      const bySample = tf.transpose(grads[tiles.name] as tf.Tensor4D, [0, 3, 1, 2]);
      comparison.closeL2('grad_in.x', await bySample.data(), toFloat32(required(tensors, 'grad_in.x')), ofGradients);
    }
    await compareStatistics(comparison, vector, encoder);
  }
  tiles.dispose();
}

/** vectors/README.md, "Tolerances". */
function tolerances({ encoder, training, input }: EncoderCase): { ofFeatures: number; ofGradients: number } {
  const deep = encoder.startsWith('r50');
  const large = (input.shape[2] as number) >= 224 && !isTransformer(encoder);
  return {
    ofFeatures: training ? (deep ? 1e-3 : 1e-4) : 1e-5,
    ofGradients: large || (deep && training) ? 3e-2 : encoder === 'r18' ? 1e-4 : 1e-3,
  };
}

function compareGradient(comparison: Comparison, vector: EncoderCase, name: string, gradient: Float32Array, relative: number): void {
  const whole = vector.tensors.get(`grad.${name}`);
  if (whole !== undefined) comparison.closeL2(`grad.${name}`, gradient, toFloat32(whole), relative);
  const expected = vector.fingerprints[name];
  if (expected === undefined) {
    if (whole === undefined) comparison.fail(`the case has no gradient of ${name}`);
    return;
  }
  compareFingerprint(comparison, `fingerprint of ${name}`, gradient, expected, relative);
}

/** Each number may be off by what a relative L2 error of the whole gradient allows (Cauchy–Schwarz for the sums). */
function compareFingerprint(comparison: Comparison, name: string, values: Float32Array, expected: Fingerprint, relative: number): void {
  let [sum, squares, largest, dot] = [0, 0, 0, 0];
  values.forEach((value, i) => {
    sum += value;
    squares += value * value;
    largest = Math.max(largest, Math.abs(value));
    dot += value * Math.cos(0.01 * i);
  });
  const one = relative * expected.l2;
  const all = one * Math.sqrt(values.length);
  comparison.close(`${name}: l2`, [Math.sqrt(squares)], [expected.l2], { absolute: one });
  comparison.close(`${name}: absmax`, [largest], [expected.absmax], { absolute: one });
  comparison.close(`${name}: sum`, [sum], [expected.sum], { absolute: all });
  comparison.close(`${name}: dot`, [dot], [expected['dot_cos0.01i']], { absolute: all });
  comparison.close(`${name}: first8`, values.subarray(0, expected.first8.length), expected.first8, { absolute: one });
}

/**
 * Buffers after the pass. Where a training case holds, to the last bit, the buffers that it started from, they were
 * recorded before the pass took effect: they say nothing about it and are only held against the start.
 */
async function compareStatistics(comparison: Comparison, vector: EncoderCase, encoder: Encoder): Promise<void> {
  const after = [...vector.tensors].flatMap(([name, record]) =>
    name.startsWith('state_after.') ? [[name.slice('state_after.'.length), record] as const] : [],
  );
  const untouched = after.every(([name, record]) => sameValues(record, vector.state.get(name)));
  const now = untouched ? vector.state : await toStateDict(encoder);
  for (const [name, record] of after) {
    comparison.close(`state_after.${name}`, toFloat32(required(now, name)), toFloat32(record), { ofMax: 1e-5 });
  }
}

function sameValues(a: TensorRecord, b: TensorRecord | undefined): boolean {
  return b !== undefined && a.data.length === b.data.length && [...a.data].every((value, i) => value === b.data[i]);
}

function required(tensors: StateDict, name: string): TensorRecord {
  const record = tensors.get(name);
  if (record === undefined) throw new UnknownCase(`the case has no ${name}`);
  return record;
}
