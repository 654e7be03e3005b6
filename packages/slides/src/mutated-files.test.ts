import { expect, test } from 'vitest';
import { runMutations } from './testing/run-mutations.js';

test('500 mutated files of all formats are read or refused by name, in bounded time and memory', async () => {
  const { outcomes, slowest, peakBytes } = await runMutations(26);
  expect(
    Object.values(outcomes)
      .flatMap(Object.values)
      .reduce((sum, count) => sum + count, 0),
  ).toBeGreaterThanOrEqual(500);
  expect(slowest.ms, slowest.file).toBeLessThan(5000);
  expect(peakBytes).toBeLessThan(512 << 20);
  // Mutations that break nothing or everything would test nothing.
  for (const [seed, counts] of Object.entries(outcomes)) expect(Object.keys(counts).length, seed).toBeGreaterThan(1);
}, 300_000);
