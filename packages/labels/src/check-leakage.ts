import type { Fold } from './folds.js';
import { labelError } from './label-error.js';

/**
 * Refuses a fold in which a case (or a slide) is in more than one of train, val and test.
 *
 * @throws SlidestreamError `labels/leakage` naming the first such case and both lines
 */
export function checkLeakage(fold: Pick<Fold, 'train' | 'val' | 'test'>, source?: string): void {
  const seen = new Map<string, { part: string; line: number }>();
  for (const part of ['train', 'val', 'test'] as const) {
    for (const row of fold[part]) {
      for (const [what, name] of [
        ['case', row.case],
        ['slide', row.slide],
      ] as const) {
        const key = `${what} ${name}`;
        const before = seen.get(key);
        if (before !== undefined && before.part !== part) {
          const message = `${key} is in ${before.part} (line ${before.line}) and in ${part}`;
          throw labelError('leakage', message, { file: source, line: row.line }, 'Put all slides of a case into one part');
        }
        seen.set(key, { part, line: row.line });
      }
    }
  }
}
