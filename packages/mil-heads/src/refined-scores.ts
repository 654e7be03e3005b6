import {
  add,
  concat,
  customGrad,
  expandDims,
  matMul,
  mul,
  slice,
  softmax,
  squeeze,
  sub,
  sum,
  type Tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';

/** Most values of the N × N matrix that exist at once: 16 Mi float32 = 64 MiB. */
const MAX_VALUES = 1 << 24;

/** total + part; frees both, so that memory stays that of one. */
function accumulate(total: Tensor | null, part: Tensor): Tensor {
  if (total === null) return part;
  const sum = add(total, part);
  total.dispose();
  part.dispose();
  return sum;
}

/** Rows of queries per chunk. */
function rowsAtOnce(groups: number, count: number, maxValues: number): number {
  return Math.max(1, Math.min(count, Math.floor(maxValues / (groups * count))));
}

/**
 * Scores averaged by self-attention: y_i = Σ_j softmax_j(scale · q_i·k_j) s_j, exact, with memory linear in N: rows of the
 * N × N matrix are made in chunks, and made again in the backward pass. Time stays quadratic: N = 200,000 with 8 heads of
 * 64 is 40 Tflop and 3·10¹¹ exponentials a pass.
 *
 * @param queries - float32 [G, N, d]
 * @param keys - float32 [G, N, d]
 * @param scores - float32 [G, N]
 * @param penalty - float32 [G, 1, N], 0 for real and very negative for padded instances; or absent
 * @returns float32 [G, N], differentiable by queries, keys and scores
 */
export function refinedScores(
  queries: Tensor,
  keys: Tensor,
  scores: Tensor,
  scale: number,
  penalty?: Tensor,
  maxValues: number = MAX_VALUES,
): Tensor {
  const [groups, count] = queries.shape as [number, number, number];
  const rows = rowsAtOnce(groups, count, maxValues);
  const weights = (q: Tensor, k: Tensor): Tensor => {
    const logits = mul(matMul(q, k, false, true), scale);
    return softmax(penalty === undefined ? logits : add(logits, penalty));
  };
  const chunk = (x: Tensor, at: number): Tensor => slice(x, [0, at, 0], [groups, Math.min(rows, count - at), x.shape[2] as number]);
  const starts = Array.from({ length: Math.ceil(count / rows) }, (_, i) => i * rows);

  const refine = customGrad((...inputs) => {
    const [q, k, s, save] = inputs as unknown as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const column = expandDims(s, 2);
    const parts = starts.map((at) => tidy(() => matMul(weights(chunk(q, at), k), column)));
    const y = squeeze(concat(parts, 1), [2]);
    save([q, k, s, y]);
    return {
      value: y,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [q, k, s, y] = saved as [Tensor, Tensor, Tensor, Tensor];
        return backward(q, k, expandDims(s, 2), expandDims(y, 2), expandDims(dy, 2));
      },
    };
  });

  /** With P the weights: ∂s = Pᵀdy, and with G_ij = P_ij dy_i (s_j − y_i): ∂q = scale·G k, ∂k = scale·Gᵀ q. */
  const backward = (q: Tensor, k: Tensor, s: Tensor, y: Tensor, dy: Tensor): Tensor[] => {
    const dq: Tensor[] = [];
    let dk: Tensor | null = null;
    let ds: Tensor | null = null;
    for (const at of starts) {
      const [dqPart, dkPart, dsPart] = tidy(() => {
        const [qRows, yRows, dyRows] = [chunk(q, at), chunk(y, at), chunk(dy, at)];
        const p = mul(weights(qRows, k), dyRows);
        const g = mul(p, sub(transpose(s, [0, 2, 1]), yRows));
        const dsPart = expandDims(sum(p, 1), 2);
        return [mul(matMul(g, k), scale), mul(matMul(g, qRows, true, false), scale), dsPart];
      }) as unknown as [Tensor, Tensor, Tensor];
      dq.push(dqPart);
      dk = accumulate(dk, dkPart);
      ds = accumulate(ds, dsPart);
    }
    return [concat(dq, 1), dk as Tensor, squeeze(ds as Tensor, [2])];
  };
  return refine(queries, keys, scores);
}
