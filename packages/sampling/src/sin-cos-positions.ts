import { samplingError } from './sampling-error.js';

/**
 * Sine-cosine embedding of grid positions: [sin(xω), cos(xω), sin(yω), cos(yω)] with ω_i = 10000^(−i/d), d = width / 4.
 *
 * @param columns - x of each tile in tiles, [n]
 * @param rows - y of each tile in tiles, [n]
 * @param width - a multiple of 4
 * @returns float32, row-major [n, width]
 * @throws SlidestreamError `sampling/bad-count`
 * @see He et al. 2022, Masked autoencoders are scalable vision learners (its 2-D sine-cosine positions)
 */
export function sinCosPositions(columns: ArrayLike<number>, rows: ArrayLike<number>, width: number): Float32Array {
  if (!(width > 0 && width % 4 === 0)) throw samplingError('bad-count', `width is ${width}, needs to be a multiple of 4`);
  if (columns.length !== rows.length) throw samplingError('bad-count', `${columns.length} columns and ${rows.length} rows`);
  const d = width / 4;
  const out = new Float32Array(columns.length * width);
  for (let n = 0; n < columns.length; n++) {
    for (let i = 0; i < d; i++) {
      const omega = 10000 ** (-i / d);
      const x = (columns[n] as number) * omega;
      const y = (rows[n] as number) * omega;
      const at = n * width + i;
      out[at] = Math.sin(x);
      out[at + d] = Math.cos(x);
      out[at + 2 * d] = Math.sin(y);
      out[at + 3 * d] = Math.cos(y);
    }
  }
  return out;
}
