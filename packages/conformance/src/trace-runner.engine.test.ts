import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conform } from './conform.js';

const vectors = resolve(import.meta.dirname, '../../../../shared/vectors');
const present = existsSync(vectors);

describe.skipIf(!present)('recorded training runs and transforms (skipped without ../shared)', () => {
  it('pass, one and all', async () => {
    const { cases } = await conform(vectors, { only: ['trace/*', 'transforms/*'] });
    expect(cases.length).toBeGreaterThanOrEqual(5);
    expect(cases.filter(({ status }) => status !== 'pass')).toEqual([]);
  });
});
