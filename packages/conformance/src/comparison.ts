import type { CaseFile, CaseResult } from './conformance-case.js';

/** How far a value may be off: `absolute + relative·|expected|`, plus `ofMax·max|expected|` of its tensor. */
export interface Tolerance {
  readonly absolute?: number | undefined;
  readonly relative?: number | undefined;
  readonly ofMax?: number | undefined;
}

/** Collects comparisons of one case and remembers the one that is worst against its tolerance. */
export class Comparison {
  #ratio = -1;
  #error = 0;
  #tolerance = 0;
  #where = '';
  #compared = 0;
  #failed: string[] = [];
  readonly #widened: number;

  /** @param widened - every tolerance times this */
  constructor(widened = 1) {
    this.#widened = widened;
  }

  /** Compares element by element. */
  close(name: string, actual: ArrayLike<number>, expected: ArrayLike<number | bigint>, tolerance: Tolerance): this {
    if (actual.length !== expected.length) return this.fail(`${name} has ${actual.length} values, expected ${expected.length}`);
    let largest = 0;
    if (tolerance.ofMax !== undefined) for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(Number(expected[i])));
    const base = (tolerance.absolute ?? 0) + (tolerance.ofMax ?? 0) * largest;
    for (let i = 0; i < expected.length; i++) {
      const want = Number(expected[i]);
      const allowed = base + (tolerance.relative ?? 0) * Math.abs(want);
      this.error(expected.length === 1 ? name : `${name}[${i}]`, difference(Number(actual[i]), want), allowed);
    }
    return this;
  }

  /** Compares relative L2 norms of a whole tensor. */
  closeL2(name: string, actual: ArrayLike<number>, expected: ArrayLike<number | bigint>, relative: number): this {
    if (actual.length !== expected.length) return this.fail(`${name} has ${actual.length} values, expected ${expected.length}`);
    let apart = 0;
    let norm = 0;
    for (let i = 0; i < expected.length; i++) {
      const want = Number(expected[i]);
      apart += (Number(actual[i]) - want) ** 2;
      norm += want ** 2;
    }
    return this.error(name, norm === 0 ? Math.sqrt(apart) : Math.sqrt(apart / norm), relative);
  }

  /** Records an error that was measured elsewhere. */
  error(where: string, error: number, narrow: number): this {
    const tolerance = narrow * this.#widened;
    this.#compared++;
    const ratio = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error === 0 ? 0 : error / tolerance;
    if (ratio > this.#ratio) {
      this.#ratio = ratio;
      this.#error = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
      this.#tolerance = tolerance;
      this.#where = where;
    }
    return this;
  }

  /** Requires two values to be the same. */
  equal(name: string, actual: unknown, expected: unknown): this {
    this.#compared++;
    return JSON.stringify(actual) === JSON.stringify(expected)
      ? this
      : this.fail(`${name} is ${short(actual)}, expected ${short(expected)}`);
  }

  /** Makes the case fail for a reason that is not a number. */
  fail(reason: string): this {
    this.#failed.push(reason);
    return this;
  }

  /** The verdict; a case in which nothing was compared fails. */
  result({ id, kind }: Pick<CaseFile, 'id' | 'kind'>): CaseResult {
    if (this.#compared === 0 && this.#failed.length === 0) this.fail('nothing was compared');
    const status = this.#failed.length === 0 && this.#ratio <= 1 ? 'pass' : 'fail';
    const measured = this.#ratio >= 0;
    const detail = this.#failed.length > 0 ? this.#failed.join('; ') : `largest at ${this.#where}, ${this.#compared} compared`;
    return { id, kind, status, error: measured ? this.#error : null, tolerance: measured ? this.#tolerance : null, detail };
  }
}

function difference(actual: number, expected: number): number {
  if (Number.isNaN(expected)) return Number.isNaN(actual) ? 0 : Number.POSITIVE_INFINITY;
  return actual === expected ? 0 : Math.abs(actual - expected);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
