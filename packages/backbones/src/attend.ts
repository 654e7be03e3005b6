import { add, concat, matMul, mul, softmax, split, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** Most attention weights that exist at once: 4 Mi float32 = 16 MiB. */
const MAX_WEIGHTS = 1 << 22;

/** What attends to what, in groups (heads, or heads of windows) of each tile. */
export interface AttendInput {
  /** float32 [T, G, N, d]. */
  readonly queries: Tensor;
  /** float32 [T, G, N, d]. */
  readonly keys: Tensor;
  /** float32 [T, G, N, d]. */
  readonly values: Tensor;
  /** float32 [G, N, N], added to the scaled products. */
  readonly bias?: Tensor | undefined;
  /** Most attention weights that exist at once, but one group's N² always; default 4 Mi. */
  readonly maxWeights?: number | undefined;
}

/**
 * softmax(q·kᵀ/√d + bias)·v (Vaswani et al. 2017, eq. 1), some tiles or groups at a time where all weights at once would be many.
 *
 * @returns float32 [T, G, N, d]
 */
export function attend(input: AttendInput): Tensor {
  const { queries, keys, values, bias, maxWeights = MAX_WEIGHTS } = input;
  const [tiles, groups, count, depth] = queries.shape as [number, number, number, number];
  const perTile = groups * count * count;
  if (tiles * perTile <= maxWeights || tiles * groups === 1) {
    return tidy(() => {
      const products = matMul(mul(queries, 1 / Math.sqrt(depth)), keys, false, true);
      return matMul(softmax(bias === undefined ? products : add(products, bias)), values);
    });
  }
  const byTile = tiles > 1;
  const [length, each] = byTile ? [tiles, perTile] : [groups, count * count];
  const sizes = pieces(length, Math.max(1, Math.floor(maxWeights / each)));
  if (sizes.length === 1) throw new RangeError('attention cannot be cut further');
  const cut = (x: Tensor): Tensor[] => split(x, sizes, byTile ? 0 : 1);
  const [q, k, v] = [cut(queries), cut(keys), cut(values)];
  const biases = bias === undefined || byTile ? undefined : split(bias, sizes, 0);
  const parts = sizes.map((_, i) =>
    attend({
      queries: q[i] as Tensor,
      keys: k[i] as Tensor,
      values: v[i] as Tensor,
      bias: biases?.[i] ?? bias,
      maxWeights,
    }),
  );
  return concat(parts, byTile ? 0 : 1);
}

function pieces(length: number, size: number): number[] {
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size));
}
