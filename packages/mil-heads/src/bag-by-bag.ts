import { concat, gather, pad, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D, tensor1d } from '@tensorflow/tfjs-core';
import type { BatchOfBags } from './batch-of-bags.js';

/** What a head whose arithmetic depends on the number of instances gives for some bags of equal length. */
export interface BagPass {
  /** float32 [B, C]. */
  readonly logits: Tensor2D;
  /** float32 […, N], leading axis B. */
  readonly attention: Tensor;
  /** float32 [B, N, E]. */
  readonly embedded: Tensor3D;
  /** float32 [B, E]. */
  readonly pooled: Tensor2D;
}

/**
 * Runs `pass` on all bags at once, or, where a mask makes them differ in length, on the real instances of one after the
 * other, and fills attention and embeddings of padding with 0.
 */
export function bagByBag(batch: BatchOfBags, pass: (features: Tensor3D, positions: Tensor3D | undefined) => BagPass): BagPass {
  const { features, mask, positions, bags, instances } = batch;
  if (mask === undefined) return pass(features, positions);
  const real = mask.dataSync();
  const passes = Array.from({ length: bags }, (_, bag) => {
    const own = Array.from({ length: instances }, (_, n) => n).filter((n) => real[bag * instances + n] !== 0);
    const rows = tensor1d(own, 'int32');
    const pick = (x: Tensor3D): Tensor3D => gather(gather(x, tensor1d([bag], 'int32')), rows, 1) as Tensor3D;
    const made = pass(pick(features), positions === undefined ? undefined : pick(positions));
    const back = placesOf(own, instances);
    return {
      ...made,
      attention: spread(made.attention, back, made.attention.rank - 1),
      embedded: spread(made.embedded, back, 1) as Tensor3D,
    };
  });
  const join = <K extends keyof BagPass>(key: K): BagPass[K] => concat(passes.map((made) => made[key] as Tensor)) as BagPass[K];
  return { logits: join('logits'), attention: join('attention'), embedded: join('embedded'), pooled: join('pooled') };
}

/** For each of N places the row that belongs there; `own.length`, one past the end, for padding. */
function placesOf(own: readonly number[], instances: number): Tensor1D {
  const places = new Int32Array(instances).fill(own.length);
  own.forEach((place, row) => {
    places[place] = row;
  });
  return tensor1d(places, 'int32');
}

function spread(x: Tensor, places: Tensor1D, axis: number): Tensor {
  const margins = x.shape.map((_, at): [number, number] => [0, at === axis ? 1 : 0]);
  return gather(pad(x, margins), places, axis);
}
