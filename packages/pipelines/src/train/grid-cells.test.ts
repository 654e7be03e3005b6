import { expect, it } from 'vitest';
import { gridCells, joinCells } from './grid-cells.js';

it('counts cells of the edge that is given, or of the smallest step', () => {
  const coords = [0, 0, 512, 0, 1024, 256, 2048, 512];
  expect([...gridCells(coords, 512)]).toEqual([0, 0, 1, 0, 2, 0, 4, 1]);
  expect([...gridCells(coords)]).toEqual([0, 0, 2, 0, 4, 1, 8, 2]);
  expect([...gridCells([700, 700])]).toEqual([700, 700]);
});

it('joins parts, and has nothing when a part has nothing', () => {
  expect([...(joinCells([Float32Array.of(1, 2), Float32Array.of(3, 4)]) ?? [])]).toEqual([1, 2, 3, 4]);
  expect(joinCells([Float32Array.of(1, 2), undefined])).toBeUndefined();
});
