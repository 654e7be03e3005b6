import { expandDims, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { HeadInput } from './head.js';
import { badInput } from './head-errors.js';

/** A checked {@link HeadInput}. */
export interface BatchOfBags {
  /** float32 [B, N, D]. */
  readonly features: Tensor3D;
  /** float32 [B, N], or absent. */
  readonly mask: Tensor2D | undefined;
  readonly positions: Tensor3D | undefined;
  readonly bags: number;
  readonly instances: number;
}

/**
 * Checks shapes; one bag given as [N, D] is seen as [1, N, D], and the caller's tensor stays as it is.
 *
 * @throws SlidestreamError `heads/bad-input`
 */
export function batchOfBags(head: string, input: HeadInput, inputDim: number): BatchOfBags {
  const features = asBatch(input.features, 3) as Tensor3D;
  if (features.rank !== 3) throw badInput(head, `features must be [B, N, D], got [${input.features.shape}]`);
  const [bags, instances, width] = features.shape;
  if (width !== inputDim) throw badInput(head, `features are ${width} wide, the head was built for ${inputDim}`);
  if (bags === 0 || instances === 0) throw badInput(head, 'a bag without instances has no prediction');
  const mask = input.mask === undefined ? undefined : (asBatch(input.mask, 2) as Tensor2D);
  if (mask !== undefined && mask.shape.join() !== `${bags},${instances}`) {
    throw badInput(head, `the mask must be [${bags}, ${instances}], got [${mask.shape}]`);
  }
  const positions = input.positions === undefined ? undefined : (asBatch(input.positions, 3) as Tensor3D);
  if (positions !== undefined && positions.shape.join() !== `${bags},${instances},2`) {
    throw badInput(head, `positions must be [${bags}, ${instances}, 2], got [${positions.shape}]`);
  }
  return { features, mask, positions, bags, instances };
}

function asBatch(tensor: Tensor, rank: number): Tensor {
  return tensor.rank === rank - 1 ? expandDims(tensor, 0) : tensor;
}
