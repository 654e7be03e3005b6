import { binaryCrossEntropy, crossEntropy } from '@slidestream/classification';
import { startEngine } from '@slidestream/engine-node';
import { smoothTop1Svm } from '@slidestream/mil-heads';
import { hazardsOf, nllSurvival, riskOf, survivalOf } from '@slidestream/survival';
import * as tf from '@tensorflow/tfjs-core';
import type { Comparison } from './comparison.js';
import { fieldsOf, type NumbersCheck } from './numbers-case.js';

type Rows = readonly (readonly number[])[];

const LOSS = { absolute: 2e-5, relative: 1e-4 };
const GRADIENT = { ofMax: 1e-4 };

async function compareLoss(
  comparison: Comparison,
  logits: Rows,
  recorded: { readonly loss: number; readonly grad: Rows },
  loss: (logits: tf.Tensor2D) => tf.Scalar,
  tolerance: { absolute?: number; relative?: number } = LOSS,
): Promise<void> {
  await startEngine();
  const input = tf.tensor2d(logits.map((row) => [...row]));
  const { value, grad } = tf.valueAndGrad((x) => loss(x as tf.Tensor2D))(input);
  comparison.close('loss', await value.data(), [recorded.loss], tolerance);
  comparison.close('grad', await grad.data(), recorded.grad.flat(), { ...GRADIENT, absolute: 1e-7 });
  tf.dispose([input, value, grad]);
}

const nll: NumbersCheck = async ({ value }, comparison) => {
  interface Nll {
    readonly logits: Rows;
    readonly Y: readonly number[];
    readonly censorship: readonly number[];
    readonly alpha: number;
    readonly loss: number;
    readonly grad: Rows;
    readonly hazards: Rows;
    readonly S: Rows;
    readonly risk: readonly number[];
  }
  const one = fieldsOf<Nll>(value, ['logits', 'Y', 'censorship', 'alpha', 'loss', 'grad', 'hazards', 'S', 'risk']);
  // In float32 1 − σ(z) cancels beyond |z| = 10 (vectors/README.md).
  const cancels = one.logits.flat().some((logit) => Math.abs(logit) > 10);
  const tolerance = cancels ? { absolute: 1e-5, relative: 1e-3 } : { absolute: 1e-5 };
  await compareLoss(comparison, one.logits, one, (logits) => nllSurvival(logits, one.Y, one.censorship, { alpha: one.alpha }), tolerance);
  one.logits.forEach((logits, i) => {
    const hazards = hazardsOf(logits);
    const survival = survivalOf(hazards);
    comparison.close(`hazards[${i}]`, hazards, one.hazards[i] as readonly number[], tolerance);
    comparison.close(`S[${i}]`, survival, one.S[i] as readonly number[], tolerance);
    comparison.close(`risk[${i}]`, [riskOf(survival)], [one.risk[i] as number], tolerance);
  });
};

const ce: NumbersCheck = async ({ value }, comparison) => {
  const one = fieldsOf<{ logits: Rows; y: readonly number[]; loss: number; grad: Rows }>(value, ['logits', 'y', 'loss', 'grad']);
  await compareLoss(comparison, one.logits, one, (logits) => crossEntropy(logits, one.y));
};

const bce: NumbersCheck = async ({ value }, comparison) => {
  const one = fieldsOf<{ logits: Rows; y: Rows; loss: number; grad: Rows }>(value, ['logits', 'y', 'loss', 'grad']);
  await compareLoss(comparison, one.logits, one, (logits) => binaryCrossEntropy(logits, Float32Array.from(one.y.flat())));
};

const svm: NumbersCheck = async ({ value }, comparison) => {
  const names = ['scores', 'y', 'loss', 'grad', 'n_hard'] as const;
  const one = fieldsOf<{ scores: Rows; y: readonly number[]; loss: number; grad: Rows; n_hard: number }>(value, names);
  await compareLoss(comparison, one.scores, one, (scores) => smoothTop1Svm(scores, one.y));
};

/** Checks of `numbers/losses.json` by key. */
export const lossChecks: Readonly<Record<string, NumbersCheck>> = {
  'losses/nll_surv': nll,
  'losses/cross_entropy': ce,
  'losses/bce_with_logits': bce,
  'losses/smooth_top1_svm_2class': svm,
};
