import { expect, test } from 'vitest';
import { runMutations } from './testing/run-mutations.js';

test('5,000 mutated files of all formats are read or refused by name, in bounded time and memory', async () => {
  const { outcomes, slowest, peakBytes } = await runMutations(255);
  expect(
    Object.values(outcomes)
      .flatMap(Object.values)
      .reduce((sum, count) => sum + count, 0),
  ).toBeGreaterThanOrEqual(5000);
  expect(slowest.ms, slowest.file).toBeLessThan(5000);
  expect(peakBytes).toBeLessThan(512 << 20);
});
