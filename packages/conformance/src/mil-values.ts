import { crossEntropy } from '@slidestream/classification';
import { randomStream, type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import { dtfdTiers, type HeadInput, type MilHead, transmilFirstAttention } from '@slidestream/mil-heads';
import { nllSurvival } from '@slidestream/survival';
import * as tf from '@tensorflow/tfjs-core';
import { UnknownCase } from './conformance-case.js';
import type { MilCase } from './mil-case.js';

/** What a head makes of a case, under the names that the case uses. */
export interface MilValues {
  /** By the name after `out.`. */
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
  /** What was differentiated. */
  readonly loss: tf.Scalar;
}

/** Runs the head on `features` and takes the case's losses. */
export function milValues(vector: MilCase, head: MilHead, features: tf.Tensor3D): MilValues {
  const positions = vector.tensors.get('in.pos');
  const labels = vector.loss === 'ce' ? vector.tensors.get('in.label') : undefined;
  const input: HeadInput = {
    features,
    ...(positions === undefined ? {} : { positions: gridPositions(positions, features.shape[1]) }),
    ...(labels === undefined ? {} : { labels: tf.tensor1d(integersOf(labels), 'int32') }),
    criterion: (logits) => bagLoss(vector, logits),
  };
  const context = { training: vector.training, random: randomStream('conform') };
  const output = head.forward(input, context);
  const tensors: Record<string, tf.Tensor | null | undefined> = {
    logits: output.logits,
    attn: output.attention,
    act: output.embedded,
    img_feat: output.pooled,
    max_logits: output.auxiliaryLogits,
    attn1: transmilFirstAttention(head, input, context),
    attn2: output.attention,
    aux_loss: output.auxiliaryLoss,
    main_loss: bagLoss(vector, output.logits),
  };
  const tiers = dtfdTiers(head, input, context);
  if (tiers !== null) {
    Object.assign(tensors, { pseudo_feat: tiers.groupFeatures, attn_raw: tiers.scores, tier2_attn: tiers.groupAttention });
    tensors.tier2_logits = output.logits;
    // The reference's training output is tier 1 alone, and its loss is taken as the main one.
    if (vector.training) Object.assign(tensors, { logits: output.auxiliaryLogits, main_loss: output.auxiliaryLoss, aux_loss: null });
  }
  const main = tf.mul(tensors.main_loss as tf.Tensor, vector.mainWeight);
  const auxiliary = tensors.aux_loss;
  const loss = (
    auxiliary === null || auxiliary === undefined ? main : tf.add(main, tf.mul(auxiliary, vector.auxiliaryWeight))
  ) as tf.Scalar;
  tensors.loss = loss;
  return { tensors: Object.fromEntries(Object.entries(tensors).filter((entry): entry is [string, tf.Tensor] => entry[1] != null)), loss };
}

function bagLoss(vector: MilCase, logits: tf.Tensor2D): tf.Scalar {
  const labels = integersOf(required(vector.tensors, 'in.label'));
  if (vector.loss === 'ce') return crossEntropy(logits, labels);
  return nllSurvival(logits, labels, integersOf(required(vector.tensors, 'in.censorship')));
}

/** The reference's positions [B, N, 2] or [N, 2]; where there is one row more, the first holds the size of the grid. */
function gridPositions(record: TensorRecord, instances: number): tf.Tensor3D {
  const rows = record.shape.at(-2) as number;
  const all = tf.tensor3d(toFloat32(record), [record.shape.length === 3 ? (record.shape[0] as number) : 1, rows, 2]);
  return tf.slice(all, [0, rows - instances, 0], [all.shape[0], instances, 2]);
}

/** The record under `name`. @throws UnknownCase */
export function required(tensors: StateDict, name: string): TensorRecord {
  const record = tensors.get(name);
  if (record === undefined) throw new UnknownCase(`the case has no ${name}`);
  return record;
}

/** A record as a float32 tensor of its shape. */
export function toTensor(record: TensorRecord): tf.Tensor {
  return tf.tensor(toFloat32(record), [...record.shape]);
}

function integersOf(record: TensorRecord): number[] {
  return Array.from(record.data as ArrayLike<number | bigint>, Number);
}
