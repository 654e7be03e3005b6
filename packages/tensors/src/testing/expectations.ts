/** What a conformance suite throws when something does not hold; any test runner reports it as a failure. */
export class UnmetExpectation extends Error {
  override readonly name = 'UnmetExpectation';
}

/** Fails with `message` unless `condition` holds. */
export function expectThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new UnmetExpectation(message);
}

/** Fails unless both have the same values in the same order. */
export function expectSame(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>, what: string): void {
  const same = actual.length === expected.length && Array.from(actual).every((value, i) => Object.is(value, expected[i]));
  expectThat(same, `${what}: got [${preview(actual)}], expected [${preview(expected)}]`);
}

/** Fails where two arrays are further apart than `tolerance`. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  expectThat(actual.length === expected.length, `${what}: ${actual.length} values, expected ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs((actual[i] as number) - (expected[i] as number));
    expectThat(apart <= tolerance, `${what}: value ${i} is ${actual[i]}, expected ${expected[i]} ± ${tolerance}`);
  }
}

/** Fails where a value is NaN or infinite. */
export function expectFinite(values: ArrayLike<number>, what: string): void {
  const at = Array.from(values).findIndex((value) => !Number.isFinite(value));
  expectThat(at < 0, `${what}: value ${at} is ${values[at]}`);
}

function preview(values: ArrayLike<unknown>): string {
  return `${Array.from({ length: Math.min(8, values.length) }, (_, i) => String(values[i])).join(', ')}${values.length > 8 ? ', …' : ''}`;
}
