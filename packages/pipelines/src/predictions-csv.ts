/** One CSV line (RFC 4180): `null` is empty, text with delimiters, quotes, line ends or outer blanks is quoted. */
export function csvLine(fields: readonly (string | number | null)[]): string {
  return `${fields.map(csvField).join(',')}\n`;
}

function csvField(field: string | number | null): string {
  if (field === null) return '';
  const text = String(field);
  return /[",\t;\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
