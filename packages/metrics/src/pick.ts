import type { Numbers } from './check.js';

/** The values at `indices`, repeats included: how a resample looks at a column. */
export function pick(values: Numbers, indices: Numbers): Float64Array {
  return Float64Array.from({ length: indices.length }, (_, i) => values[indices[i] as number] as number);
}

/** The rows at `indices` of a row-major [n, width] table. */
export function pickRows(values: Numbers, width: number, indices: Numbers): Float64Array {
  const out = new Float64Array(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    for (let k = 0; k < width; k++) out[i * width + k] = values[(indices[i] as number) * width + k] as number;
  }
  return out;
}
