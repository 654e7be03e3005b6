import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLeakage, type Fold, folds, type LabelTable, parseLabelTable } from './index.js';

/** `counts[k]` cases of class k, the i-th with `1 + i % 3` slides. */
function cohort(counts: readonly number[]): LabelTable {
  const lines = counts.flatMap((count, k) =>
    Array.from({ length: count }, (_, i) => Array.from({ length: 1 + (i % 3) }, (_, s) => `P${k}-${i},S${k}-${i}-${s},c${k}`)).flat(),
  );
  return parseLabelTable(`case,slide,label\n${lines.join('\n')}\n`);
}

const cases = (rows: Fold['train']): Set<string> => new Set(rows.map((row) => row.case));

describe('folds(table, { folds })', () => {
  it('keeps cases whole and tests every slide once, whatever the cohort', () => {
    const sizes = fc.array(fc.integer({ min: 5, max: 25 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 2, max: 5 }), fc.integer(), (counts, count, seed) => {
        const table = cohort(counts);
        const made = folds(table, { folds: count, validation: 0.2, seed });
        const tested = made.flatMap((one) => one.test.map((row) => row.slide)).sort();
        const all = table.rows.map((row) => row.slide).sort();
        for (const one of made) {
          checkLeakage(one);
          expect(one.train.length + one.val.length + one.test.length).toBe(all.length);
          for (const part of [one.train, one.val, one.test]) expect(new Set(part.map((row) => row.label)).size).toBe(counts.length);
        }
        expect(tested).toEqual(all);
      }),
      { numRuns: 40 },
    );
  });

  it('evens out cases and slides of every class', () => {
    const made = folds(cohort([60, 30]), { folds: 5, seed: 1 });
    for (const { test } of made) {
      const slides = (label: string): number => test.filter((row) => row.label === label).length;
      expect(Math.abs(slides('c0') - 24)).toBeLessThanOrEqual(1);
      expect(Math.abs(slides('c1') - 12)).toBeLessThanOrEqual(1);
    }
  });

  it('does not depend on the order of rows, but on the seed', () => {
    const table = cohort([12, 9]);
    const turned: LabelTable = { ...table, rows: [...table.rows].reverse() };
    const tests = (made: Fold[]) => made.map((one) => [...cases(one.test)].sort());
    expect(tests(folds(turned, { folds: 3, seed: 4 }))).toEqual(tests(folds(table, { folds: 3, seed: 4 })));
    expect(tests(folds(table, { folds: 3, seed: 5 }))).not.toEqual(tests(folds(table, { folds: 3, seed: 4 })));
  });

  it('refuses a class with fewer cases than folds, unless it is accepted', () => {
    expect(() => folds(cohort([10, 2]), { folds: 5 })).toThrow('labels: "c1" has 2 cases, too few for each of 5 folds to hold one');
    expect(folds(cohort([10, 2]), { folds: 5, sparse: 'allow' })).toHaveLength(5);
    expect(() => folds(cohort([3]), { folds: 5, sparse: 'allow' })).toThrow('3 cases cannot be dealt to 5 folds');
  });

  it('stratifies survival by event', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `P${i},S${i},${i + 1},${i % 4 === 0 ? 1 : 0}`);
    const made = folds(parseLabelTable(`case,slide,time,event\n${lines.join('\n')}\n`), { folds: 5, seed: 1 });
    for (const { test } of made) expect(test.filter((row) => row.event === 1)).toHaveLength(2);
  });
});

describe('folds(table) by the table’s own columns', () => {
  it('takes split words as one fold, and holds out validation only where there is none', () => {
    const text = 'case,slide,label,split\nA,1,x,train\nB,2,x,train\nC,3,y,train\nD,4,y,train\nE,5,x,test\n';
    const [plain] = folds(parseLabelTable(text));
    expect([plain?.train.length, plain?.val.length, plain?.test.length]).toEqual([4, 0, 1]);
    const [held] = folds(parseLabelTable(text), { validation: 0.5 });
    expect([held?.train.length, held?.val.length, held?.test.length]).toEqual([2, 2, 1]);
    const [own] = folds(parseLabelTable(text.replace('D,4,y,train', 'D,4,y,val')), { validation: 0.5 });
    expect([own?.train.length, own?.val.length, own?.test.length]).toEqual([3, 1, 1]);
  });

  it('takes fold numbers as one test set each', () => {
    const made = folds(parseLabelTable('slide,label,fold\n1,x,0\n2,x,1\n3,y,1\n4,y,2\n'));
    expect(made.map((one) => [one.fold, one.train.length, one.test.length])).toEqual([
      [0, 3, 1],
      [1, 2, 2],
      [2, 3, 1],
    ]);
  });

  it('refuses a case in two parts, naming both lines', () => {
    const table = parseLabelTable('case,slide,label,split\nA,1,x,train\nB,2,x,test\nA,3,x,test\n', { source: 't.csv' });
    expect(() => folds(table)).toThrow('t.csv:4: case A is in train (line 2) and in test. Put all slides of a case into one part');
  });

  it('refuses a table without a split', () => {
    expect(() => folds(parseLabelTable('slide,label\nS,x\n'))).toThrow('slide S is in no split');
    expect(() => folds(parseLabelTable('slide,label,fold\nS,x,1\n'))).toThrow('every slide is in fold 1');
  });
});

it('folds(table, { compat: reference }) splits rows, not cases, and is refused nothing', () => {
  const made = folds(cohort([12, 12]), { folds: 4, seed: 2021, validation: 0.25, compat: 'reference' });
  expect(made).toHaveLength(4);
  const [first] = made as [Fold];
  const leaks = [...cases(first.test)].filter((name) => cases(first.train).has(name));
  expect(leaks.length).toBeGreaterThan(0);
});
