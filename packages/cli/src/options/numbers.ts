import { InvalidArgumentError } from 'commander';

/** What a number on the command line must be. */
export interface NumberRule {
  readonly integer?: boolean;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly moreThan?: number;
}

/** Parses an option that is a number; commander prints what is wrong with it and ends with 2. */
export function numberOption(rule: NumberRule = {}): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || (rule.integer === true && !Number.isInteger(value))) {
      throw new InvalidArgumentError(`must be ${rule.integer === true ? 'an integer' : 'a number'}.`);
    }
    if (rule.atLeast !== undefined && value < rule.atLeast) throw new InvalidArgumentError(`must be at least ${rule.atLeast}.`);
    if (rule.atMost !== undefined && value > rule.atMost) throw new InvalidArgumentError(`must be at most ${rule.atMost}.`);
    if (rule.moreThan !== undefined && value <= rule.moreThan) throw new InvalidArgumentError(`must be more than ${rule.moreThan}.`);
    return value;
  };
}
