import { isSlidestreamError } from '@slidestream/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseClamSplits, parseLabelTable } from './index.js';

/** Whether `run` ends in a value or in a typed error that names the file. */
function endsTyped(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    return isSlidestreamError(error) && error.code.startsWith('labels/') && error.where.file === 'f.csv';
  }
}

const cell = fc.oneof(
  fc.constantFrom(
    '',
    'train',
    'val',
    'test',
    '0',
    '1',
    '3.5',
    '-1',
    'NaN',
    'x;y',
    '"',
    '"a,b"',
    'a\nb',
    '1e999',
    ' ',
    'S1',
    'S1.svs',
    '\uFEFF',
  ),
  fc.string({ maxLength: 6 }),
);
const name = fc.constantFrom(
  'case',
  'slide',
  'label',
  'split',
  'time',
  'event',
  'status',
  'ID',
  'Event',
  'WSI',
  'fold_0',
  'train_slide_path',
  'x',
  '',
);
const table = fc
  .tuple(
    fc.array(name, { maxLength: 6 }),
    fc.array(fc.array(cell, { maxLength: 7 }), { maxLength: 6 }),
    fc.constantFrom(',', '\t', ';'),
    fc.constantFrom('\n', '\r\n', '\r'),
  )
  .map(([header, rows, mark, end]) => [header, ...rows].map((row) => row.join(mark)).join(end));

it('parseLabelTable ends every table in rows or a typed error', () => {
  fc.assert(
    fc.property(fc.oneof(table, fc.string({ maxLength: 60 })), fc.constantFrom('classification', 'survival', undefined), (text, task) =>
      endsTyped(() => parseLabelTable(text, { source: 'f.csv', task, missing: 'drop', repeats: 'keep' })),
    ),
    { numRuns: 2000 },
  );
});

it('parseClamSplits ends every table in splits or a typed error', () => {
  fc.assert(
    fc.property(table, (text) => endsTyped(() => parseClamSplits(text, 'f.csv'))),
    { numRuns: 500 },
  );
});

it('a table that is read has no row without ids, and its outcomes are numbers', () => {
  fc.assert(
    fc.property(table, (text) => {
      let rows: ReturnType<typeof parseLabelTable>['rows'] = [];
      try {
        rows = parseLabelTable(text).rows;
      } catch {
        return;
      }
      for (const row of rows) {
        expect(row.case.length * row.slide.length).toBeGreaterThan(0);
        if (row.time !== undefined) expect([Number.isFinite(row.time), row.event === 0 || row.event === 1]).toEqual([true, true]);
      }
    }),
    { numRuns: 1000 },
  );
});

it('a million columns end at once', () => {
  const header = Array.from({ length: 1e6 }, (_, i) => `c${i}`).join(',');
  expect(() => parseLabelTable(`${header}\n${header}\n`, { source: 'f.csv' })).toThrow('f.csv:1: has 1000000 columns, more than 10000');
}, 10_000);
