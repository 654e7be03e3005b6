/** Indices 0…count−1 in the bytewise order of their decimal text, as a tile store keeps its keys on disk: 0, 1, 10, 11, 2. */
export function lexicalOrder(count: number): number[] {
  return Array.from({ length: count }, (_, i) => String(i))
    .sort()
    .map(Number);
}
