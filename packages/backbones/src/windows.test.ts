import { expect, it } from 'vitest';
import { relativePositionIndex, rolledMask } from './windows.js';

it('numbers relative positions row by row, both ways from the middle', () => {
  // side 2: places (0,0) (0,1) (1,0) (1,1), differences −1…1 each way, 3 × 3 of them
  const rows = [4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4];
  expect([...relativePositionIndex(2)]).toEqual(rows);
  const index = relativePositionIndex(7);
  expect(Math.min(...index)).toBe(0);
  expect(Math.max(...index)).toBe(13 * 13 - 1);
  expect(new Set(index).size).toBe(13 * 13);
});

it.each([
  [8, 4, 2],
  [14, 7, 3],
  [6, 2, 1],
])('keeps apart in a map of %i rolled under windows of %i by %i what was apart before', (length, side, shift) => {
  const mask = rolledMask(length, side, shift);
  const along = length / side;
  expect(mask.length).toBe(along ** 2 * side ** 4);
  let at = 0;
  for (let window = 0; window < along ** 2; window++) {
    const before = Array.from({ length: side * side }, (_, i) => {
      const row = Math.floor(window / along) * side + Math.floor(i / side);
      const column = (window % along) * side + (i % side);
      return [(row + shift) % length, (column + shift) % length] as const;
    });
    for (const [row, column] of before) {
      for (const [otherRow, otherColumn] of before) {
        const together = Math.abs(row - otherRow) < side && Math.abs(column - otherColumn) < side;
        if (mask[at++] !== (together ? 0 : -100)) expect.fail(`window ${window}: ${[row, column]} and ${[otherRow, otherColumn]}`);
      }
    }
  }
});
