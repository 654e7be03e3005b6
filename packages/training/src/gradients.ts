import * as tf from '@tensorflow/tfjs-core';

/** Gradients by parameter name; a parameter that the loss does not depend on is absent. */
export type Gradients = Map<string, tf.Tensor>;

/** Frees every gradient. */
export function disposeGradients(gradients: Gradients): void {
  for (const gradient of gradients.values()) gradient.dispose();
  gradients.clear();
}

/** Adds `more` into `into`; takes over the tensors of `more`. */
export function addGradients(into: Gradients, more: Gradients): void {
  for (const [name, gradient] of more) {
    const sum = into.get(name);
    if (sum === undefined) {
      into.set(name, gradient);
      continue;
    }
    into.set(name, tf.add(sum, gradient));
    sum.dispose();
    gradient.dispose();
  }
  more.clear();
}

/** Multiplies every gradient by `factor`, in place of the old tensors. */
export function scaleGradients(gradients: Gradients, factor: number): void {
  if (factor === 1) return;
  for (const [name, gradient] of gradients) {
    gradients.set(name, tf.mul(gradient, factor));
    gradient.dispose();
  }
}

/** Euclidean norm over all gradients together; NaN or infinite when any element is. */
export async function globalNorm(gradients: Gradients): Promise<number> {
  if (gradients.size === 0) return 0;
  const squares = tf.tidy(() => tf.stack([...gradients.values()].map((gradient) => tf.sum(tf.square(gradient)))));
  const values = await squares.data();
  squares.dispose();
  let sum = 0;
  for (const value of values) sum += value;
  return Math.sqrt(sum);
}

/** Names of the gradients that hold NaN or an infinity. */
export async function nonFiniteNames(gradients: Gradients): Promise<string[]> {
  const names: string[] = [];
  for (const [name, gradient] of gradients) {
    const finite = tf.tidy(() => tf.all(tf.isFinite(gradient)));
    if ((await finite.data())[0] === 0) names.push(name);
    finite.dispose();
  }
  return names;
}

/** Scales gradients of norm `norm` down to `maxNorm`: the factor is `maxNorm / (norm + 1e-6)`, at most 1, as in PyTorch. */
export function clipGradients(gradients: Gradients, norm: number, maxNorm: number): void {
  scaleGradients(gradients, Math.min(1, maxNorm / (norm + 1e-6)));
}
