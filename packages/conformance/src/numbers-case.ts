import type { Comparison } from './comparison.js';
import { type CaseTable, UnknownCase } from './conformance-case.js';

/** Compares one row or table of `numbers/` with what the packages say. */
export type NumbersCheck = (table: CaseTable, comparison: Comparison, root: string) => void | Promise<void>;

/**
 * The case as a record with the fields that are known.
 *
 * @throws UnknownCase when it holds another field, which could change what is asked
 */
export function fieldsOf<T>(value: unknown, known: readonly (keyof T & string)[]): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnknownCase('the case is no record');
  const other = Object.keys(value).filter((name) => !(known as readonly string[]).includes(name));
  if (other.length > 0) throw new UnknownCase(`the case has unknown fields: ${other.join(', ')}`);
  return value as T;
}
