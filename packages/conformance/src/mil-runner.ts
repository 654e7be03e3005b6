import { randomStream, toFloat32 } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { type HeadSpec, heads, type MilHead } from '@slidestream/mil-heads';
import { loadStateDict, type Parameter, toOutside, toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { Comparison } from './comparison.js';
import { type CaseResult, type CaseRunner, UnknownCase } from './conformance-case.js';
import { type MilCase, readMilCase, tensorsUnder } from './mil-case.js';
import { compareGradients } from './mil-gradients.js';
import { milValues, required, toTensor } from './mil-values.js';
import { inScope, readBack } from './read-back.js';

const VALUES = { absolute: 2e-5, relative: 1e-4 };
const BUFFERS = { absolute: 1e-7, ofMax: 1e-5 };

/** Runs a head's golden vector: outputs, losses, gradients of parameters and input, buffers after a training pass. */
export const runMil: CaseRunner = async (caseFile): Promise<CaseResult> => {
  await startEngine();
  const vector = await readMilCase(caseFile);
  const head = buildHead(vector);
  try {
    const comparison = new Comparison();
    await inScope(() => compareHead(comparison, vector, head));
    return comparison.result(caseFile);
  } finally {
    head.dispose();
  }
};

function buildHead(vector: MilCase): MilHead {
  const state = tensorsUnder(vector.tensors, 'state.');
  const spec = heads.get(vector.head);
  if (spec.fromReferenceOptions === undefined) throw new UnknownCase(`head "${spec.name}" has no reference options`);
  const options = spec.fromReferenceOptions(vector.options, new Set(state.keys()));
  const sizes = { inputDim: vector.inputDim, classes: vector.classes };
  const repeatable = vector.training ? withoutInnerDropout(spec, options) : options;
  const head = spec.build({ sizes, options: repeatable, random: randomStream(0) });
  loadStateDict(head, state);
  return head;
}

/** Training vectors were made without dropout, also where the reference's class fixes one. */
function withoutInnerDropout(spec: HeadSpec, options: object): object {
  const inner = Object.keys(spec.defaults).filter((name) => /dropout/i.test(name) && (name !== 'dropout' || !Object.hasOwn(options, name)));
  return { ...options, ...Object.fromEntries(inner.map((name) => [name, 0])) };
}

async function compareHead(comparison: Comparison, vector: MilCase, head: MilHead): Promise<void> {
  const input = tf.variable(toTensor(required(vector.tensors, 'in.x')), true);
  const trainable = [...head.named()].filter(([, parameter]) => parameter.kind === 'parameter');
  const made = new Map<string, Promise<ArrayLike<number>>>();
  const { grads } = tf.variableGrads(() => {
    const { tensors, loss } = milValues(vector, head, input as tf.Tensor as tf.Tensor3D);
    for (const [name, tensor] of Object.entries(tensors)) made.set(name, readBack(tensor));
    return loss;
  }, [input, ...trainable.map(([, { variable }]) => variable)]);
  for (const [name, record] of tensorsUnder(vector.tensors, 'out.')) {
    const values = await made.get(name);
    if (values === undefined) comparison.fail(`the head gives no ${name}`);
    else comparison.close(`out.${name}`, values, toFloat32(record), VALUES);
  }
  const gradients = new Map<string, Float32Array | undefined>();
  for (const [name, parameter] of trainable) gradients.set(name, await gradientOf(grads, parameter));
  compareGradients(comparison, vector, gradients, await gradientOf(grads, { variable: input, layout: 'same' }));
  input.dispose();
  const after = tensorsUnder(vector.tensors, 'state_after.');
  if (after.size === 0) return;
  const now = await toStateDict(head);
  for (const [name, record] of after) comparison.close(`state_after.${name}`, toFloat32(required(now, name)), toFloat32(record), BUFFERS);
}

/** A gradient in PyTorch's layout; `undefined` where the loss does not depend on the variable. */
async function gradientOf(
  grads: tf.NamedTensorMap,
  { variable, layout }: Pick<Parameter, 'variable' | 'layout'>,
): Promise<Float32Array | undefined> {
  const gradient = grads[variable.name];
  return gradient === undefined ? undefined : toOutside((await gradient.data()) as Float32Array, variable.shape, layout);
}
