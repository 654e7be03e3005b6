/** The text of rows of fields, the header first; fields that hold commas, quotes or line ends are quoted. */
export function formatCsv(rows: Iterable<readonly string[]>): string {
  const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return Array.from(rows, (row) => `${row.map(field).join(',')}\n`).join('');
}
