import { labelError } from './label-error.js';

/** What a column of a label table can be. */
export type ColumnRole = 'case' | 'slide' | 'label' | 'split' | 'fold' | 'time' | 'event' | 'censored';

/** Column names by role, as found or as told; `fold` is another word for `split`, as one column holds words or numbers. */
export type Columns = Partial<Record<ColumnRole, string>>;

/** Names under which the systems of the field write each role, compared in lower case without spaces, `_`, `-` and `.`. */
const NAMES: Readonly<Record<Exclude<ColumnRole, 'fold'>, readonly string[]>> = {
  slide: ['slide', 'slideid', 'slidename', 'filename', 'wsi', 'sampleid', 'imageid', 'imagepath', 'slidepath', 'inputslidepath', 'bag'],
  case: ['case', 'caseid', 'patient', 'patientid', 'subject', 'subjectid', 'submitterid'],
  label: ['label', 'class', 'target', 'slidelabel'],
  split: ['split', 'fold', 'subset', 'partition'],
  time: ['time', 'survivalmonths', 'survivaldays', 'survivaltime', 'followup', 'followuptime', 'ostime', 'osmonths', 'osdays'],
  event: ['event', 'status', 'death', 'osevent', 'osstatus', 'vitalstatus'],
  censored: ['censorship', 'censored'],
};

/** Columns that are never a label, so that what remains can be taken for one. */
const NEVER_LABEL = new Set([
  '',
  'index',
  'site',
  'study',
  'rna',
  'mpp',
  'maskpath',
  'spacingatlevel0',
  'dataset',
  'age',
  'train',
  'slidefile',
]);

/** What {@link findColumns} looks for. */
export interface FindOptions {
  /** Take the column `fold_<this>` for the split (Patho-Bench). */
  readonly fold?: number | undefined;
  /** What the table must hold; by default survival when it has times, else labels. A list of slides holds `none`. */
  readonly task?: 'classification' | 'survival' | 'none' | undefined;
}

/**
 * Finds which column is what. Explicit `told` wins; then the names above; then, for the reference's own tables, its meanings:
 * `ID, Event, Status` is survival with `Event` = time and `WSI` = slides, two columns `ID, Label` are slide and label. When no
 * column is named like a label and a single one remains (slideflow, STAMP, Patho-Bench), that one is the label.
 *
 * @throws SlidestreamError `labels/unknown-columns`, `labels/ambiguous-label`
 */
export function findColumns(header: readonly string[], told: Columns, file: string, options: FindOptions = {}): Columns {
  const { fold, task } = options;
  const found: Columns = {};
  for (const [role, name] of Object.entries(told) as [ColumnRole, string | undefined][]) {
    if (name === undefined) continue;
    if (!header.includes(name)) throw unknown(header, file, `no column "${name}" for the ${role}`);
    found[role === 'fold' ? 'split' : role] = name;
  }
  if (told.split !== undefined && told.fold !== undefined) throw unknown(header, file, 'either a split or a fold column can be told');
  const plain = new Map(header.map((name) => [simple(name), name]));
  const referenceSurvival = plain.has('event') && plain.has('status') && !plain.has('time');
  if (referenceSurvival) {
    found.time ??= plain.get('event') as string;
    found.event ??= plain.get('status') as string;
  }
  for (const role of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
    const name = NAMES[role].map((candidate) => plain.get(candidate)).find((candidate) => candidate !== undefined);
    if (name !== undefined && !Object.values(found).includes(name)) found[role] ??= name;
  }
  const id = plain.get('id');
  if (id !== undefined) {
    if (found.slide === undefined) found.slide = id;
    else found.case ??= id;
  }
  const foldColumn = fold === undefined ? undefined : header.find((name) => simple(name) === `fold${fold}`);
  if (foldColumn !== undefined && told.split === undefined && told.fold === undefined) found.split = foldColumn;
  if (found.slide === undefined && found.case !== undefined) found.slide = found.case;
  if (found.slide === undefined) throw unknown(header, file, 'no column holds slide or case ids');
  if (task === 'none') return found;
  if (task === 'classification')
    for (const role of ['time', 'event', 'censored'] as const) if (told[role] === undefined) delete found[role];
  if (task === 'survival' && found.time === undefined) throw unknown(header, file, 'no column holds times');
  if (found.label === undefined && found.time === undefined) found.label = onlyOther(header, found, file);
  if (found.time !== undefined && found.event === undefined && found.censored === undefined) {
    throw unknown(header, file, `column "${found.time}" holds times, but none says whether the event was observed`);
  }
  return found;
}

function onlyOther(header: readonly string[], found: Columns, file: string): string {
  const used = new Set(Object.values(found));
  const rest = header.filter((name) => !used.has(name) && !NEVER_LABEL.has(simple(name)) && !/^fold\d+$/.test(simple(name)));
  if (rest.length === 1) return rest[0] as string;
  if (rest.length === 0) throw unknown(header, file, 'no column holds labels');
  const message = `no column is named label, and any of ${some(rest.map((name) => `"${name}"`))} could be it`;
  throw labelError('ambiguous-label', message, { file, line: 1 }, 'Name it with the option labelColumn');
}

/** The first dozen of a list. */
function some(names: readonly string[]): string {
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')}, … (${names.length})`;
}

function simple(name: string): string {
  return name.toLowerCase().replace(/[\s_.-]/g, '');
}

function unknown(header: readonly string[], file: string, why: string) {
  const hint = 'Use the columns case, slide, label and split, or say which column is what with the option columns';
  return labelError('unknown-columns', `${why}; the header is ${some(header)}`, { file, line: 1 }, hint);
}
