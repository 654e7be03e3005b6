import {
  add,
  concat,
  expandDims,
  matMul,
  ones,
  range,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  tidy,
  topk,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { gatherChosen } from './gather-chosen.js';
import { paddingPenalty } from './padding-penalty.js';

/**
 * For each head vector the k tail vectors with the largest products: which they are is not differentiable, what they hold is.
 *
 * @param heads - rows that look for neighbours, float32 [B, n, E]
 * @param tails - float32 [B, N, E]
 * @returns float32 [B, n, k, E + 1], the neighbours and, last, 0 or −1e9 where padding had to be taken
 */
export function nearestTails(heads: Tensor, tails: Tensor, k: number, mask: Tensor2D | undefined): Tensor {
  const [bags, count, width] = tails.shape as [number, number, number];
  const rows = heads.shape[1] as number;
  return tidy(() => {
    const penalty = mask === undefined ? zerosLike(slice(tails, [0, 0, 0], [bags, count, 1])) : expandDims(paddingPenalty(mask), 2);
    const marked = concat([tails, penalty], 2);
    const firstRows = reshape(range(0, bags * count, count, 'int32'), [bags, 1, 1]);
    return gatherChosen(reshape(marked, [bags * count, width + 1]), heads, (from) => {
      const products = matMul(concat([from, ones([bags, rows, 1])], 2), marked, false, true);
      return add(topk(products, k, false).indices, firstRows);
    });
  });
}
