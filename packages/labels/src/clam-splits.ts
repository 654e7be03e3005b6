import { formatCsv } from './format-csv.js';
import { labelError } from './label-error.js';
import type { SplitName } from './label-table.js';
import { readCsv } from './read-csv.js';

/** Slide ids of each part, as in CLAM's `splits_{k}.csv`. */
export type ClamSplits = Readonly<Record<SplitName, readonly string[]>>;

const PARTS: readonly SplitName[] = ['train', 'val', 'test'];

/**
 * Reads CLAM's `splits_{k}.csv` (columns of slide ids under train, val, test, after an index) or `splits_{k}_bool.csv` (one line a
 * slide with True and False).
 *
 * @throws SlidestreamError `labels/not-a-table`, `labels/bad-value`, `labels/leakage` when a slide is in two parts
 */
export function parseClamSplits(text: string, file = 'splits.csv'): ClamSplits {
  const [header, ...records] = readCsv(text, file);
  const at = PARTS.map((part) => header?.fields.indexOf(part) ?? -1);
  if (at.some((index) => index < 0)) throw labelError('not-a-table', 'has no columns train, val and test', { file, line: 1 });
  const splits: Record<SplitName, string[]> = { train: [], val: [], test: [] };
  const partOf = new Map<string, SplitName>();
  for (const { fields, line, columnOf } of records) {
    const flags = at.map((index) => fields[index] ?? '');
    const boolean = flags.every((flag) => /^(true|false)$/i.test(flag));
    for (const [k, part] of PARTS.entries()) {
      const flag = flags[k] as string;
      const slide = boolean ? (/^true$/i.test(flag) ? fields[0] : '') : flag;
      if (slide === undefined || slide === '') continue;
      const before = partOf.get(slide);
      if (before !== undefined) {
        const place = { file, line, column: columnOf(at[k] as number) };
        throw labelError(before === part ? 'duplicate-slide' : 'leakage', `slide ${slide} is in ${before} and in ${part}`, place);
      }
      partOf.set(slide, part);
      splits[part].push(slide);
    }
  }
  return splits;
}

/** The text of CLAM's `splits_{k}.csv`, or of `splits_{k}_bool.csv`. */
export function formatClamSplits(splits: ClamSplits, form: 'columns' | 'bool' = 'columns'): string {
  if (form === 'bool') {
    const flags = (own: SplitName): string[] => PARTS.map((part) => (part === own ? 'True' : 'False'));
    return formatCsv([['', ...PARTS], ...PARTS.flatMap((part) => splits[part].map((slide) => [slide, ...flags(part)]))]);
  }
  const length = Math.max(...PARTS.map((part) => splits[part].length));
  return formatCsv([['', ...PARTS], ...Array.from({ length }, (_, i) => [String(i), ...PARTS.map((part) => splits[part][i] ?? '')])]);
}
