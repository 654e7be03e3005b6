import { expect, it } from 'vitest';
import { replaceTable, resultTable } from './result-table.js';

const cell = { set: 'musk1', head: 'abmil', mean: 0.89, deviation: 0.1, folds: 50, bound: 0.812 } as const;

it('lays heads out in rows and leaves out what has not run', () => {
  const lines = resultTable(['abmil', 'gabmil'], [cell]).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[2]).toBe('| abmil | 50 | 0.890 ± 0.100 (≥ 0.812) | – | – |');
});

it('replaces what lies between the marks and nothing else', () => {
  const [start, end] = ['<!-- mil-bags: written by npm run results -->', '<!-- mil-bags: end -->'];
  expect(replaceTable(`a\n${start}\nold\n${end}\nb`, 'new')).toBe(`a\n${start}\nnew\n${end}\nb`);
  expect(() => replaceTable('a', 'new')).toThrow('no place');
});
