import {
  add,
  concat,
  customGrad,
  expandDims,
  gather,
  matMul,
  ones,
  range,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  topk,
  unsortedSegmentSum,
  zerosLike,
} from '@tensorflow/tfjs-core';
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
    const find = customGrad((...inputs) => {
      const [h, t, save] = inputs as unknown as [Tensor3D, Tensor3D, (tensors: Tensor[]) => void];
      const products = matMul(concat([h, ones([bags, rows, 1])], 2), t, false, true);
      const within = topk(products, k, false).indices;
      const indices = reshape(add(within, reshape(range(0, bags * count, count, 'int32'), [bags, 1, 1])), [-1]);
      save([indices]);
      const value = reshape(gather(reshape(t, [bags * count, width + 1]), indices), [bags, rows, k, width + 1]);
      const gradFunc = (dy: Tensor, [places]: Tensor[]): Tensor[] => {
        const sums = unsortedSegmentSum(reshape(dy, [-1, width + 1]), places as never, bags * count);
        return [zerosLike(h), reshape(sums, [bags, count, width + 1])];
      };
      return { value, gradFunc };
    });
    return find(heads, marked);
  });
}
