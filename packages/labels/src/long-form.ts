import type { CsvRecord } from './read-csv.js';

const PARTS = ['train', 'val', 'test'] as const;

/**
 * A table with one block of columns a part (`train_slide_path, train_slide_label, val_slide_path, …`, shorter blocks padded with
 * blanks: MIL_BASELINE) as one record a slide; any other table as it is.
 */
export function longForm(records: CsvRecord[]): CsvRecord[] {
  const [header, ...rows] = records;
  const names = header?.fields.map((name) => name.toLowerCase()) ?? [];
  const blocks = PARTS.map((part) => ({ part, slide: names.indexOf(`${part}_slide_path`), label: names.indexOf(`${part}_slide_label`) }));
  if (header === undefined || blocks.every(({ slide, label }) => slide < 0 || label < 0)) return records;
  const long = blocks.flatMap(({ part, slide, label }) =>
    rows.flatMap((row): CsvRecord[] => {
      const fields = [row.fields[slide] ?? '', row.fields[label] ?? '', part];
      if (slide < 0 || (fields[0] === '' && fields[1] === '')) return [];
      const columns = [slide, label, slide];
      return [{ fields, line: row.line, columnOf: (index) => row.columnOf(columns[index] ?? 0) }];
    }),
  );
  return [{ ...header, fields: ['slide', 'label', 'split'] }, ...long];
}
