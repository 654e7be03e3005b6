import { labelError } from './label-error.js';

/**
 * The classes that occur in `labels`, in order of class index: whole numbers by value, else by code units, so the order does
 * not depend on the machine's language. With `order` given it is that one, and every label must be in it.
 *
 * @throws SlidestreamError `labels/unknown-class`, `labels/duplicate-class`
 */
export function classOrder(labels: Iterable<string>, order?: readonly string[]): string[] {
  const found = new Set(labels);
  if (order !== undefined) {
    if (new Set(order).size !== order.length) throw labelError('duplicate-class', `a class is listed twice: ${order.join(', ')}`);
    for (const label of found) {
      if (!order.includes(label)) {
        throw labelError(
          'unknown-class',
          `label "${label}" is none of ${order.join(', ')}`,
          undefined,
          'Correct the table or the class list',
        );
      }
    }
    return [...order];
  }
  const all = [...found];
  const numeric = all.every((label) => /^-?\d+$/.test(label));
  return all.sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1));
}

/**
 * The class index of a label.
 *
 * @throws SlidestreamError `labels/unknown-class`: an unknown label never becomes some class
 */
export function classIndex(classes: readonly string[], label: string): number {
  const index = classes.indexOf(label);
  if (index < 0) throw labelError('unknown-class', `label "${label}" is none of ${classes.join(', ')}`);
  return index;
}
