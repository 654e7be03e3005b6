import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatClamSplits, matchSlides, parseClamSplits, parseLabelTable, RandomState, survivalBins, survivalBinsOf } from './index.js';

const { rows } = parseLabelTable('slide,label\nslide1,a\nslide10,b\nslide2,a\n');
const ids = ['slide10', 'slide1', 'slide20', 'slide2-DX1'];

describe('matchSlides(rows, ids)', () => {
  it('is exact by default and lists what is left on both sides', () => {
    const { matched, missing, unlabelled } = matchSlides(rows, ids);
    expect(matched.map(({ row, id }) => [row.slide, id])).toEqual([
      ['slide1', 'slide1'],
      ['slide10', 'slide10'],
    ]);
    expect([missing.map((row) => row.slide), unlabelled]).toEqual([['slide2'], ['slide20', 'slide2-DX1']]);
  });

  it('takes a longer id by prefix, but not slide20 for slide2', () => {
    expect(matchSlides(rows, ids, { by: 'prefix' }).matched.map(({ id }) => id)).toEqual(['slide1', 'slide10', 'slide2-DX1']);
  });

  it('takes whatever starts alike under reference', () => {
    expect(matchSlides(rows, ids, { by: 'reference' }).matched.map(({ id }) => id)).toEqual(['slide1', 'slide10', 'slide2-DX1', 'slide20']);
  });

  it('refuses two slides for a row and two slides of one id', () => {
    expect(() => matchSlides(rows, [...ids, 'slide2.b'], { by: 'prefix' })).toThrow('slide slide2 could be any of slide2-DX1, slide2.b');
    expect(() => matchSlides(rows, ['a', 'a'])).toThrow(expect.objectContaining({ code: 'labels/duplicate-slide' }));
  });
});

describe('CLAM’s splits', () => {
  const splits = { train: ['a', 'b,c', 'd'], val: ['e'], test: ['f', 'g'] };

  it.each(['columns', 'bool'] as const)('are read back as written, as %s', (form) => {
    expect(parseClamSplits(formatClamSplits(splits, form))).toEqual(splits);
  });

  it('are refused with a slide in two parts', () => {
    expect(() => parseClamSplits(',train,val,test\n0,a,b,a\n', 's.csv')).toThrow('s.csv:2:7: slide a is in train and in test');
  });

  const folder = resolve(import.meta.dirname, '../../../../shared/labels');
  it.skipIf(!existsSync(folder))('are read from both shipped files (skipped without ../shared)', () => {
    for (const [name, sizes] of [
      ['clam_splits_0.csv', [300, 51, 48]],
      ['clam_splits_0_bool.csv', [300, 51, 48]],
    ] as const) {
      const { train, val, test } = parseClamSplits(readFileSync(resolve(folder, name), 'utf8'), name);
      expect([name, train.length, val.length, test.length]).toEqual([name, ...sizes]);
    }
  });
});

describe('survivalBins(times, events)', () => {
  it('puts times outside of the training range into the outer bins', () => {
    const { binOf } = survivalBins([10, 20, 30, 40, 50], [1, 1, 1, 1, 1]);
    expect([0, 10, 25, 35, 45, 1000].map(binOf)).toEqual([0, 0, 1, 2, 3, 3]);
  });

  it('cuts at observed events alone', () => {
    expect(survivalBins([10, 20, 30, 5, 90], [1, 1, 1, 0, 0], { bins: 2 }).edges[1]).toBe(20);
  });

  it('counts a case once however many slides it has', () => {
    const table = parseLabelTable('case,slide,time,event\nA,1,1,1\nA,2,1,1\nA,3,1,1\nB,4,2,1\nC,5,3,1\n');
    expect(survivalBinsOf(table.rows, { bins: 2 }).edges[1]).toBe(2);
  });

  it('refuses what cannot be cut', () => {
    expect(() => survivalBins([1, 2], [0, 0])).toThrow(expect.objectContaining({ code: 'labels/no-events' }));
    expect(() => survivalBins([5, 5, 5], [1, 1, 1])).toThrow(expect.objectContaining({ code: 'labels/duplicate-edges' }));
    expect(() => survivalBins([Number.NaN], [1])).toThrow(expect.objectContaining({ code: 'labels/bad-value' }));
  });
});

describe('RandomState(seed)', () => {
  it('has numpy’s first numbers', () => {
    const state = new RandomState(2021);
    expect([state.uniform(), state.uniform()]).toEqual([0.6059782788074047, 0.7333693611934982]);
  });

  it('refuses seeds that numpy refuses', () => {
    expect(() => new RandomState(-1)).toThrow(RangeError);
    expect(() => new RandomState(2 ** 32)).toThrow(RangeError);
  });
});
