import { expandDims, matMul, squeeze, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';

/**
 * Σ_n attention_n · values_n.
 *
 * @param attention - float32 [B, N]
 * @param values - float32 [B, N, E]
 * @returns float32 [B, E]
 */
export function poolByAttention(attention: Tensor, values: Tensor): Tensor2D {
  return tidy(() => squeeze(matMul(expandDims(attention, 1), values), [1]) as Tensor2D);
}
