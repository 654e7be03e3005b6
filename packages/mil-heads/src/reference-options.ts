import type { ReferenceOptions } from './head.js';
import { badOption, unknownOption } from './head-errors.js';

/** Options that every constructor of the reference takes and that {@link HeadSizes} carry here. */
const SIZES = ['input_dim', 'n_classes'];

/** Reads the reference's constructor options one by one, with its class defaults. */
export class ReferenceReader {
  readonly #head: string;
  readonly #options: ReferenceOptions;

  /** @param known - names that the constructor takes beside its sizes */
  constructor(head: string, options: ReferenceOptions, known: readonly string[]) {
    for (const name of Object.keys(options)) {
      if (!known.includes(name) && !SIZES.includes(name)) throw unknownOption(`${head} (reference)`, name, known);
    }
    this.#head = head;
    this.#options = options;
  }

  has(name: string): boolean {
    return this.#options[name] !== undefined && this.#options[name] !== null;
  }

  /** Truth as Python sees it. */
  flag(name: string, byDefault: boolean): boolean {
    const value = this.#options[name];
    if (value === undefined) return byDefault;
    return Boolean(value);
  }

  number(name: string, byDefault: number): number {
    const value = this.#options[name] ?? byDefault;
    if (typeof value !== 'number') throw badOption(this.#head, name, `must be a number, got ${JSON.stringify(value)}`);
    return value;
  }

  /** One of `choices`; `null` and absent are `byDefault`. */
  choice<const T extends string>(name: string, choices: readonly T[], byDefault: T): T {
    const value = this.#options[name] ?? byDefault;
    if (!(choices as readonly unknown[]).includes(value))
      throw unknownOption(`${this.#head} (reference)`, `${name}=${String(value)}`, choices);
    return value as T;
  }

  /** `mil_norm` as this library calls it. */
  norm(): 'none' | 'layer' | 'batch' {
    const norm = this.choice('mil_norm', ['none', 'bn', 'ln'], 'none');
    return norm === 'bn' ? 'batch' : norm === 'ln' ? 'layer' : 'none';
  }
}
