import type { Numbers } from './check.js';

/** Mean and sample standard deviation (divisor n − 1; 0 for one value); NaN without values. */
export function meanAndSd(values: Numbers): { mean: number; sd: number } {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i] as number;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += ((values[i] as number) - mean) ** 2;
  return { mean, sd: n === 1 ? 0 : Math.sqrt(squares / (n - 1)) };
}
