import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { conform } from './conform.js';

const vectors = resolve(import.meta.dirname, '../../../../shared/vectors');

it.skipIf(!existsSync(vectors))('passes every encoder vector', { timeout: 120_000 }, async () => {
  const { cases } = await conform(vectors, { only: 'encoders/*' });
  expect(cases.length).toBeGreaterThanOrEqual(9);
  expect(cases.filter(({ status }) => status !== 'pass')).toEqual([]);
});
