/** The classic MIL sets. */
export const sets = ['musk1', 'musk2', 'fox'] as const;

/** One of {@link sets}. */
export type SetName = (typeof sets)[number];

/** Accuracy of one head on one set. */
export interface Cell {
  readonly set: SetName;
  readonly head: string;
  readonly mean: number;
  /** Standard deviation over the folds. */
  readonly deviation: number;
  readonly folds: number;
  /** What the mean must reach; `null` where nothing was published for comparison. */
  readonly bound: number | null;
}

const START = '<!-- mil-bags: written by npm run results -->';
const END = '<!-- mil-bags: end -->';

/** A Markdown table of test accuracies, heads in rows; a head that has run on no set is left out. */
export function resultTable(names: readonly string[], cells: readonly Cell[]): string {
  const rows = names.flatMap((head) => {
    const own = sets.map((set) => cells.find((cell) => cell.set === set && cell.head === head));
    const folds = [...new Set(own.flatMap((cell) => (cell === undefined ? [] : [cell.folds])))];
    return folds.length === 0 ? [] : [`| ${head} | ${folds.join(', ')} | ${own.map(cellText).join(' | ')} |`];
  });
  return ['| head | folds | MUSK1 | MUSK2 | Fox |', '|---|---|---|---|---|', ...rows].join('\n');
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '–';
  const bound = cell.bound === null ? '' : ` (≥ ${cell.bound.toFixed(3)})`;
  return `${cell.mean.toFixed(3)} ± ${cell.deviation.toFixed(3)}${bound}`;
}

/** `text` with its table replaced. @throws Error when it has no place for one */
export function replaceTable(text: string, table: string): string {
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error('docs/results.md has no place for the table of heads');
  return `${text.slice(0, from + START.length)}\n${table}\n${text.slice(to)}`;
}
