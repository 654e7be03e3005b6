/** Rows by case, in order of first appearance: the slides of each patient. */
export function groupByCase<T extends { readonly case: string }>(rows: readonly T[]): Map<string, T[]> {
  const cases = new Map<string, T[]>();
  for (const row of rows) {
    const own = cases.get(row.case);
    if (own === undefined) cases.set(row.case, [row]);
    else own.push(row);
  }
  return cases;
}
