/** One row of a CSV table with the line at which it starts, 1-based. */
export interface CsvRow {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Reads CSV with commas and double quotes (RFC 4180); empty lines are left out. */
export function readCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let start = 1;
  const endRow = (): void => {
    cells.push(cell);
    if (cells.some((value) => value !== '')) rows.push({ cells, line: start });
    cells = [];
    cell = '';
  };
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string;
    if (char === '\n') line++;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (source[i + 1] === '"') cell += source[i++] as string;
      else quoted = false;
    } else if (char === '"' && cell === '') {
      quoted = true;
    } else if (char === ',') {
      cells.push(cell);
      cell = '';
    } else if (char === '\n') {
      endRow();
      start = line;
    } else if (char !== '\r') {
      cell += char;
    }
  }
  endRow();
  return rows;
}
