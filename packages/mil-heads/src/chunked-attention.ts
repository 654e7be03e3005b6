import { add, concat, customGrad, matMul, mul, slice, softmax, sub, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** Most values of the N × M matrix that exist at once: 2 Mi float32 = 8 MiB, which was fastest (larger pieces miss the caches). */
const MAX_VALUES = 1 << 21;

/** Something added to the logits that is made again chunk by chunk instead of being kept as N × M values. */
export interface LogitBias {
  /** What it is made from and not differentiable by. */
  readonly constants: Tensor;
  /** What it is differentiable by. */
  readonly parameters: Tensor;
  /** Rows `from` … `from + count` of the bias, float32 [G, count, M]. */
  rows(constants: Tensor, parameters: Tensor, from: number, count: number): Tensor;
  /** Gradient by `parameters` of those rows, given that by the logits, float32 [G, count, M]. */
  gradient(constants: Tensor, logitGradient: Tensor, from: number): Tensor;
}

/** What attends to what. */
export interface AttentionInput {
  /** float32 [G, N, d]. */
  readonly queries: Tensor;
  /** float32 [G, M, d]. */
  readonly keys: Tensor;
  /** float32 [G, M, e]. */
  readonly values: Tensor;
  /** Factor on query–key products. */
  readonly scale: number;
  /** float32 [G, 1, M], 0 for real and very negative for padded keys; absent = all real. */
  readonly penalty?: Tensor | undefined;
  /** Added to the scaled products, such as a distance; absent = none. */
  readonly bias?: LogitBias | undefined;
  /** Most values of the attention matrix that exist at once; default 2 Mi. */
  readonly maxValues?: number | undefined;
}

/**
 * y_i = Σ_j softmax_j(scale · q_i·k_j + bias_ij) v_j, exact, in memory linear in N: rows of the attention matrix are made in
 * chunks, and made again in the backward pass. Time stays N·M: 200,000 instances among themselves with 8 heads are 3·10¹¹
 * exponentials a pass.
 *
 * @returns float32 [G, N, e], differentiable by queries, keys, values and the bias' parameters
 */
export function chunkedAttention({ queries, keys, values, scale, penalty, bias, maxValues = MAX_VALUES }: AttentionInput): Tensor {
  const [groups, count] = queries.shape as [number, number, number];
  const rows = Math.max(1, Math.min(count, Math.floor(maxValues / (groups * (keys.shape[1] as number)))));
  const starts = Array.from({ length: Math.ceil(count / rows) }, (_, i) => i * rows);
  const chunk = (x: Tensor, at: number): Tensor => slice(x, [0, at, 0], [groups, Math.min(rows, count - at), x.shape[2] as number]);
  // The backward pass runs when the caller's own tensors may be gone: what it needs beside its inputs is saved with them.
  const beside = [...(penalty === undefined ? [] : [penalty]), ...(bias === undefined ? [] : [bias.parameters, bias.constants])];
  const weights = (q: Tensor, k: Tensor, extra: readonly Tensor[], at: number): Tensor => {
    const terms = [matMul(mul(q, scale), k, false, true)];
    if (bias !== undefined) {
      const [parameters, constants] = extra.slice(-2) as [Tensor, Tensor];
      terms.push(bias.rows(constants, parameters, at, q.shape[1] as number));
    }
    if (penalty !== undefined) terms.push(extra[0] as Tensor);
    return softmax(terms.reduce((sums, term) => add(sums, term)));
  };

  /** With P the weights: ∂v = Pᵀdy, and with G = P ∘ (dy vᵀ − dy·y): ∂q = scale·G k, ∂k = scale·Gᵀ q, ∂bias = G. */
  const backward = ([q, k, v, y, ...extra]: readonly Tensor[], dy: Tensor): Tensor[] => {
    const dq: Tensor[] = [];
    const totals: (Tensor | null)[] = [null, null, null];
    for (const at of starts) {
      const parts = tidy(() => {
        const [qRows, dyRows] = [chunk(q as Tensor, at), chunk(dy, at)];
        const p = weights(qRows, k as Tensor, extra, at);
        const mean = sum(mul(dyRows, chunk(y as Tensor, at)), 2, true);
        const g = mul(p, sub(matMul(dyRows, v as Tensor, false, true), mean));
        const shared = [mul(matMul(g, qRows, true, false), scale), matMul(p, dyRows, true, false)];
        const byBias = bias === undefined ? [] : [bias.gradient(extra.at(-1) as Tensor, g, at)];
        return [mul(matMul(g, k as Tensor), scale), ...shared, ...byBias];
      }) as [Tensor, ...Tensor[]];
      dq.push(parts[0]);
      for (const [i, part] of parts.slice(1).entries()) totals[i] = accumulate(totals[i] as Tensor | null, part);
    }
    return [concat(dq, 1), ...totals.filter((total) => total !== null)];
  };

  const attend = customGrad((...inputs) => {
    const save = inputs.at(-1) as unknown as (tensors: Tensor[]) => void;
    const [q, k, v] = inputs as unknown as [Tensor, Tensor, Tensor];
    const value = concat(
      starts.map((at) => tidy(() => matMul(weights(chunk(q, at), k, beside, at), v))),
      1,
    );
    save([q, k, v, value, ...beside]);
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]): Tensor[] => backward(saved, dy) };
  });
  return bias === undefined ? attend(queries, keys, values) : attend(queries, keys, values, bias.parameters);
}

/** total + part; frees both, so that memory stays that of one. */
function accumulate(total: Tensor | null, part: Tensor): Tensor {
  if (total === null) return part;
  const both = add(total, part);
  total.dispose();
  part.dispose();
  return both;
}
