import { labelError } from './label-error.js';
import type { LabelRow } from './label-table.js';

/** How a row's slide id is looked for among the slides that there are. */
export interface MatchOptions {
  /**
   * `exact` (default): the same id; `prefix`: the same id, or one that starts with it and goes on with `.`, `_`, `-` or a blank (so
   * `slide1` does not take `slide10`); `reference`: any id that starts with it, each match a row of its own (SPEC §17.42).
   */
  readonly by?: 'exact' | 'prefix' | 'reference' | undefined;
}

/** Rows and slides put together. */
export interface SlideMatches {
  /** One a row and slide; `id` is the slide's own. */
  readonly matched: readonly { readonly row: LabelRow; readonly id: string }[];
  /** Rows without a slide. */
  readonly missing: readonly LabelRow[];
  /** Slides that no row names. */
  readonly unlabelled: readonly string[];
}

/**
 * Finds the slide (or tile set, or feature file) of every row.
 *
 * @param ids - ids of the slides that there are, without endings
 * @throws SlidestreamError `labels/ambiguous-slide` when two slides fit a row, but under `reference`; `labels/duplicate-slide` when
 * `ids` holds one twice
 */
export function matchSlides(rows: readonly LabelRow[], ids: readonly string[], options: MatchOptions = {}): SlideMatches {
  const { by = 'exact' } = options;
  const known = new Set(ids);
  if (known.size !== ids.length) {
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    throw labelError('duplicate-slide', `two slides have the id ${twice}`, undefined, 'Rename one of them');
  }
  const sorted = [...known].sort();
  const matched: { row: LabelRow; id: string }[] = [];
  const missing: LabelRow[] = [];
  for (const row of rows) {
    const found = known.has(row.slide) ? [row.slide] : by === 'exact' ? [] : startingWith(sorted, row.slide, by === 'prefix');
    if (found.length > 1 && by === 'prefix') {
      const message = `slide ${row.slide} could be any of ${found.slice(0, 4).join(', ')}`;
      throw labelError('ambiguous-slide', message, { line: row.line }, 'Give the whole id in the table');
    }
    if (found.length === 0) missing.push(row);
    for (const id of found) matched.push({ row, id });
  }
  const used = new Set(matched.map(({ id }) => id));
  return { matched, missing, unlabelled: ids.filter((id) => !used.has(id)) };
}

/** Ids that start with `prefix`, by binary search among sorted ones. */
function startingWith(sorted: readonly string[], prefix: string, atBoundary: boolean): string[] {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < prefix) low = middle + 1;
    else high = middle;
  }
  const found: string[] = [];
  for (let i = low; sorted[i]?.startsWith(prefix); i++) {
    const id = sorted[i] as string;
    if (!atBoundary || /[.\s_-]/.test(id[prefix.length] ?? '')) found.push(id);
  }
  return found;
}
