import { randomStream, type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { type HeadOutput, heads, type MilHead } from '@slidestream/mil-heads';
import { loadStateDict, toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy, survivalNll } from './bag-losses.js';
import { Comparison } from './comparison.js';
import { type CaseResult, type CaseRunner, UnknownCase } from './conformance-case.js';
import { type MilCase, readMilCase, tensorsUnder } from './mil-case.js';
import { compareGradients } from './mil-gradients.js';

const VALUES = { absolute: 2e-5, relative: 1e-4 };

/** Runs a head's golden vector: outputs, losses, gradients of parameters and input, buffers after a training pass. */
export const runMil: CaseRunner = async (caseFile): Promise<CaseResult> => {
  await startEngine();
  const vector = await readMilCase(caseFile);
  const state = tensorsUnder(vector.tensors, 'state.');
  const spec = heads.get(vector.head);
  if (spec.fromReferenceOptions === undefined) throw new UnknownCase(`head "${spec.name}" has no reference options`);
  const options = spec.fromReferenceOptions(vector.options, new Set(state.keys()));
  const sizes = { inputDim: vector.inputDim, classes: vector.classes };
  const head = spec.build({ sizes, options, random: randomStream(0) });
  try {
    loadStateDict(head, state);
    const comparison = new Comparison();
    tf.tidy(() => compareHead(comparison, vector, head));
    return comparison.result(caseFile);
  } finally {
    head.dispose();
  }
};

function compareHead(comparison: Comparison, vector: MilCase, head: MilHead): void {
  const input = tf.variable(toTensor(required(vector.tensors, 'in.x')), true);
  const named = head.named();
  const trainable = [...named].filter(([, parameter]) => parameter.kind === 'parameter');
  const losses: Record<string, number> = {};
  let output: HeadOutput | undefined;
  const { grads } = tf.variableGrads(() => {
    output = forward(vector, head, input as tf.Tensor as tf.Tensor3D);
    const main = mainLoss(vector, output.logits);
    const auxiliary = output.auxiliaryLoss;
    const total = tf.mul(main, vector.mainWeight);
    const loss = auxiliary === null ? total : tf.add(total, tf.mul(auxiliary, vector.auxiliaryWeight));
    losses.main_loss = main.dataSync()[0] as number;
    losses.loss = loss.dataSync()[0] as number;
    if (auxiliary !== null) losses.aux_loss = auxiliary.dataSync()[0] as number;
    output = keepOutput(output);
    return loss as tf.Scalar;
  }, [input, ...trainable.map(([, parameter]) => parameter.variable)]);
  compareOutput(comparison, vector, output as HeadOutput, losses);
  disposeOutput(output as HeadOutput);
  const gradients = new Map(trainable.map(([name, { variable }]) => [name, grads[variable.name]?.dataSync() as Float32Array | undefined]));
  compareGradients(comparison, vector, gradients, grads[input.name]?.dataSync() as Float32Array | undefined);
  const after = tensorsUnder(vector.tensors, 'state_after.');
  const now = after.size === 0 ? new Map() : toStateDict(head);
  for (const [name, record] of after) {
    comparison.close(`state_after.${name}`, toFloat32(required(now, name)), toFloat32(record), { absolute: 1e-7, ofMax: 1e-5 });
  }
  input.dispose();
}

function forward(vector: MilCase, head: MilHead, features: tf.Tensor3D): HeadOutput {
  const positions = vector.tensors.get('in.pos');
  const labels = vector.loss === 'ce' ? vector.tensors.get('in.label') : undefined;
  return head.forward(
    {
      features,
      ...(positions === undefined ? {} : { positions: toTensor(positions) as tf.Tensor3D }),
      ...(labels === undefined ? {} : { labels: toInt(labels) }),
      criterion: (logits) => mainLoss(vector, logits),
    },
    { training: vector.training, random: randomStream('conform') },
  );
}

function mainLoss(vector: MilCase, logits: tf.Tensor2D): tf.Scalar {
  const labels = toInt(required(vector.tensors, 'in.label'));
  if (vector.loss === 'ce') return crossEntropy(logits, labels);
  const censored = toFloat32(required(vector.tensors, 'in.censorship'));
  return survivalNll(logits, labels, tf.tensor1d(censored));
}

function compareOutput(comparison: Comparison, vector: MilCase, output: HeadOutput, losses: Record<string, number>): void {
  const made: Record<string, tf.Tensor | null> = {
    logits: output.logits,
    attn: output.attention,
    act: output.embedded,
    img_feat: output.pooled,
    max_logits: output.auxiliaryLogits ?? null,
  };
  for (const [name, record] of tensorsUnder(vector.tensors, 'out.')) {
    const value = made[name]?.dataSync() ?? (losses[name] === undefined ? undefined : [losses[name] as number]);
    if (value === undefined) comparison.fail(`the head gives no ${name}`);
    else comparison.close(`out.${name}`, value, toFloat32(record), VALUES);
  }
}

/** Copies the output out of the gradient's scope, to be freed with {@link disposeOutput}. */
function keepOutput(output: HeadOutput): HeadOutput {
  const copies = Object.entries(output).map(([name, value]) => [name, value instanceof tf.Tensor ? tf.keep(tf.clone(value)) : null]);
  return Object.fromEntries(copies) as HeadOutput;
}

function disposeOutput(output: HeadOutput): void {
  for (const value of Object.values(output)) if (value instanceof tf.Tensor) value.dispose();
}

function required(tensors: StateDict, name: string): TensorRecord {
  const record = tensors.get(name);
  if (record === undefined) throw new UnknownCase(`the case has no ${name}`);
  return record;
}

function toTensor(record: TensorRecord): tf.Tensor {
  return tf.tensor(toFloat32(record), [...record.shape]);
}

function toInt(record: TensorRecord): tf.Tensor1D {
  return tf.tensor1d(Int32Array.from(record.data as ArrayLike<number | bigint>, Number), 'int32');
}
