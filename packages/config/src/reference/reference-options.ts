import { ConfigError } from '../config-error.js';

/** The reference's options by name, as its YAML gives them: numbers may be texts (`lr: 8e-5`). */
export class ReferenceOptions {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #source: string;

  constructor(values: Readonly<Record<string, unknown>>, source: string) {
    this.#values = values;
    this.#source = source;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  number(name: string, fallback: number): number {
    return this.optionalNumber(name) ?? fallback;
  }

  /** @throws ConfigError when the value is no number */
  optionalNumber(name: string): number | undefined {
    if (!this.has(name)) return undefined;
    const value = Number(this.#values[name]);
    if (!Number.isFinite(value)) throw this.wrong(name, 'must be a number');
    return value;
  }

  text(name: string, fallback: string): string {
    return this.optionalText(name) ?? fallback;
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? String(this.#values[name]) : undefined;
  }

  flag(name: string): boolean {
    return this.#values[name] === true || this.#values[name] === 'true' || this.#values[name] === 'True';
  }

  wrong(name: string, message: string): ConfigError {
    return new ConfigError([{ source: this.#source, key: name, message: `${message}, got ${JSON.stringify(this.#values[name])}` }]);
  }
}
