import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conform } from './conform.js';
import type { CaseFile, CaseTable } from './conformance-case.js';
import { runNumbers } from './numbers-runner.js';

const vectors = resolve(import.meta.dirname, '../../../../shared/vectors');

const caseOf = (table: CaseTable): CaseFile => ({ id: 'numbers/x', kind: 'numbers', root: '/', path: '/', tensorsPath: null, table });

describe.skipIf(!existsSync(vectors))('the golden numbers (skipped without ../shared)', () => {
  it('pass, every one of them', async () => {
    const report = await conform(vectors, { only: 'numbers/*' });
    expect(report.cases.filter((one) => one.status !== 'pass')).toEqual([]);
    expect(report.passed).toBeGreaterThan(200);
  });
});

describe('runNumbers', () => {
  const row = (value: unknown): CaseTable => ({ file: 'splits', key: 'numpy_randomstate_permutation', index: 0, value, document: {} });

  it('fails a wrong number', async () => {
    const result = await runNumbers(caseOf(row({ n: 5, seed: 0, permutation: [2, 0, 1, 4, 3] })));
    expect(result).toMatchObject({ status: 'fail', detail: 'permutation is [2,0,1,3,4], expected [2,0,1,4,3]' });
  });

  it('does not pass over a field that it does not know', async () => {
    await expect(runNumbers(caseOf(row({ n: 5, seed: 0, permutation: [2, 0, 1, 3, 4], bit_generator: 'PCG64' })))).rejects.toThrow(
      'the case has unknown fields: bit_generator',
    );
  });
});
