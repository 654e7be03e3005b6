/** How scores become values in [0, 1]. */
export type ScoreNormalisation = 'rank' | 'range' | 'none';

/**
 * Scores on a scale from 0 to 1.
 *
 * - `rank`: percentile rank, ties share their mean rank: the share of scores below, plus half of the equal ones (CLAM's heatmaps show
 *   percentiles). Attention of thousands of tiles is too skewed for any linear scale.
 * - `range`: (score − smallest) / (largest − smallest).
 * - `none`: as they are, clipped.
 */
export function normaliseScores(scores: ArrayLike<number>, how: ScoreNormalisation): Float64Array {
  const values = Float64Array.from(scores);
  if (values.some((value) => !Number.isFinite(value))) throw new RangeError('scores of a heatmap must be finite');
  if (how === 'none') return values.map((value) => Math.min(1, Math.max(0, value)));
  if (how === 'range') {
    const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return values.map((value) => (high > low ? (value - low) / (high - low) : 0.5));
  }
  const order = Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const out = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let i = start; i < end; i++) out[order[i] as number] = (start + end) / 2 / values.length;
    start = end;
  }
  return out;
}
