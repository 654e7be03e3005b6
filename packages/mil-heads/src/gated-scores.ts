import { dropout, type ForwardContext, type Linear } from '@slidestream/tensors';
import { mul, sigmoid, type Tensor, tanh, tidy } from '@tensorflow/tfjs-core';

/** The three layers of gated attention and how they are joined. */
export interface GatedLayers {
  readonly value: Linear;
  readonly gate: Linear;
  readonly score: Linear;
  /** Of the value; default tanh. */
  readonly activation?: ((x: Tensor) => Tensor) | undefined;
  /** Drop rate of both factors in training; default 0. */
  readonly dropout?: number | undefined;
}

/**
 * Gated attention scores `c(φ(a(x)) ⊙ σ(b(x)))`: float32 […, in] → […, out].
 *
 * @see Ilse, Tomczak and Welling 2018, Attention-based Deep Multiple Instance Learning, eq. 9
 */
export function gatedScores(
  { value, gate, score, activation = tanh, dropout: rate = 0 }: GatedLayers,
  x: Tensor,
  context: ForwardContext,
): Tensor {
  // Each factor in a scope of its own: of a very large bag, only one hidden layer more than needed exists at a time.
  return tidy(() => {
    const a = tidy(() => dropout(activation(value.forward(x)), rate, context, 'gated-value'));
    const b = tidy(() => dropout(sigmoid(gate.forward(x)), rate, context, 'gated-gate'));
    return score.forward(mul(a, b));
  });
}
