/** A right-continuous step function: 1 before the first time, `values[i]` from `times[i]` on. */
export interface StepFunction {
  /** Ascending, distinct. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** The value of a step function at time `t`. */
export function stepAt({ times, values }: StepFunction, t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= t) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 1 : (values[low - 1] as number);
}
