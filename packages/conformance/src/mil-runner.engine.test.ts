import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conform } from './index.js';

const vectors = resolve(import.meta.dirname, '../../../../shared/vectors');

describe.skipIf(!existsSync(vectors))('golden vectors of heads (skipped without ../shared/vectors)', () => {
  it('pass for every head', async () => {
    const report = await conform(vectors, { only: 'mil/*' });
    expect(report.cases.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(report.passed).toBeGreaterThanOrEqual(53);
  });
});
