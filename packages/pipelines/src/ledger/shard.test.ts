import { expect, test } from 'vitest';
import { inShard } from './shard.js';

const slides = Array.from({ length: 200 }, (_, i) => `case-${i}`);

test('parts share nothing, leave nothing out, and do not depend on the other slides', () => {
  const parts = [0, 1, 2, 3].map((index) => slides.filter((slide) => inShard(slide, { index, count: 4 })));
  expect(parts.flat().sort()).toEqual([...slides].sort());
  for (const part of parts) expect(part.length).toBeGreaterThan(30);
  expect(slides.filter((slide) => inShard(slide, undefined))).toEqual(slides);
  // A fixed point: a part that is started again with another version does the same slides.
  expect(
    ['case-0', 'case-1', 'case-2', 'case-3'].map((slide) => [0, 1, 2].findIndex((index) => inShard(slide, { index, count: 3 }))),
  ).toEqual([0, 1, 1, 1]);
});
