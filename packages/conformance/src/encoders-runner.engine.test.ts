import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { conform } from './conform.js';

const vectors = resolve(import.meta.dirname, '../../../../shared/vectors');

it.skipIf(!existsSync(vectors))('runs every encoder vector: ResNets pass, the rest is unknown', async () => {
  const { cases } = await conform(vectors, { only: 'encoders/*' });
  const resNets = cases.filter(({ id }) => /\/r(18|50)/.test(id));
  expect(resNets.length).toBeGreaterThanOrEqual(6);
  expect(resNets.filter(({ status }) => status !== 'pass')).toEqual([]);
  const others = cases.filter((result) => !resNets.includes(result));
  expect(others.filter(({ status }) => status !== 'unknown')).toEqual([]);
});
