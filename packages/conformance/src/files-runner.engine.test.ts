import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { conform } from './index.js';

const vectors = resolve(import.meta.dirname, '../../../../shared/vectors');
if (!existsSync(vectors)) process.stderr.write('skipped: golden files, ../shared is absent\n');

test.skipIf(!existsSync(vectors))('every golden file passes', async () => {
  const report = await conform(vectors, { only: 'files/*' });
  expect(report.cases.filter((result) => result.status !== 'pass')).toEqual([]);
  expect(report.passed).toBeGreaterThan(80);
});
