import { type StateDict, toFloat32 } from '@slidestream/core';

/** A tensor as `weights inspect` shows it; statistics are `null` where it is empty. */
export interface TensorSummary {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly least: number | null;
  readonly greatest: number | null;
}

/** Names, shapes, types and statistics of a state dict. */
export function describeTensors(state: StateDict): TensorSummary[] {
  return [...state].map(([name, record]) => {
    const values = toFloat32(record);
    const base = { name, dtype: record.dtype, shape: record.shape, elements: values.length };
    if (values.length === 0) return { ...base, mean: null, sd: null, least: null, greatest: null };
    let sum = 0;
    let squares = 0;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (const value of values) {
      sum += value;
      squares += value * value;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    const mean = sum / values.length;
    return { ...base, mean, sd: Math.sqrt(Math.max(0, squares / values.length - mean * mean)), least, greatest };
  });
}
