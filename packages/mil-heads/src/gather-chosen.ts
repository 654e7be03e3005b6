import { customGrad, gather, reshape, type Tensor, type Tensor1D, unsortedSegmentSum, zerosLike } from '@tensorflow/tfjs-core';

/**
 * Rows of `x` that `choose` picks by `scores`. Rows get the gradient, scores none; the indices stay on the device, where not every
 * engine can be asked for them at once, and off the gradient's tape, which takes no integers.
 *
 * @param x - float32 [N, E]
 * @param choose - gives int32 indices into the rows, of any shape
 * @returns float32 [...indices, E]
 */
export function gatherChosen(x: Tensor, scores: Tensor, choose: (scores: Tensor) => Tensor): Tensor {
  const rows = x.shape[0] as number;
  const pick = customGrad((from, by, save) => {
    const indices = choose(by as Tensor);
    (save as (tensors: Tensor[]) => void)([indices, by as Tensor]);
    return {
      value: gather(from as Tensor, indices),
      gradFunc: (dy: Tensor, [saved, scored]: Tensor[]) => [
        unsortedSegmentSum(reshape(dy, [-1, dy.shape.at(-1) as number]), reshape(saved as Tensor, [-1]) as Tensor1D, rows),
        zerosLike(scored as Tensor),
      ],
    };
  });
  return pick(x, scores);
}
