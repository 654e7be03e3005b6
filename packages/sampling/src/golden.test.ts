import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { randomStream } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { bagSize, groupStarts, lexicalOrder, sampleInstances, scaleCounts, sinCosPositions, voteInstances } from './index.js';

const path = resolve(import.meta.dirname, '../../../../shared/vectors/numbers/sampling.json');
const data = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};

describe.skipIf(!existsSync(path))('against the recorded numbers (skipped without ../shared)', () => {
  it.each((data.sincos ?? []) as never[])(
    'sine-cosine positions, case %#',
    (one: { dim: number; grid_h: number; grid_w: number; table: number[][] }) => {
      const tiles = Array.from({ length: one.grid_h * one.grid_w }, (_, i) => i);
      const table = sinCosPositions(
        tiles.map((i) => i % one.grid_w),
        tiles.map((i) => Math.floor(i / one.grid_w)),
        one.dim,
      );
      for (const [i, value] of one.table.flat().entries()) expect(Math.abs((table[i] as number) - value)).toBeLessThan(1e-6);
    },
  );

  it.each((data.group1d ?? []) as never[])('groups, case %#', (one: Group) => {
    const { starts, interval } = groupStarts(one.n, one.groups);
    expect({ interval, starts }).toEqual({ interval: one.interval, starts: one.starts });
    expect(Math.min(starts.length, one.keep)).toBe(one.n_first_pass);
    expect(new Set(sampleInstances({ tileCount: one.n, count: one.keep, groups: one.groups }, randomStream(1))).size).toBe(one.keep);
  });

  it.each((data.fractional_same_psize ?? []) as never[])(
    'fractions, case %#',
    (one: { n: number; fraction: number; result_len: number; zero_padded: number }) => {
      const size = bagSize(one.n, { fraction: one.fraction });
      expect([size, Math.max(0, size - one.n)]).toEqual([one.result_len, one.zero_padded]);
    },
  );

  it.each((data.multi_scale_split ?? []) as never[])(
    'scales, case %#',
    (one: { same_psize: number; ratio: number; low_level: number; high_level: number }) => {
      expect(scaleCounts({ count: one.same_psize, share: { low: 1 / one.ratio } })).toEqual({ low: one.low_level, high: one.high_level });
    },
  );

  it.each(Object.entries((data.lexical_order ?? {}) as Record<string, number[]>))(
    'the first %s of one more key on disk',
    (count, order) => {
      expect(lexicalOrder(Number(count) + 1).slice(0, Number(count))).toEqual(order);
    },
  );

  it.each((data.vote_selection ?? []) as never[])(
    'votes, case %#',
    (one: { score: unknown[]; k: number; votes?: number[]; selected_sorted: number[] }) => {
      const rows = (Array.isArray((one.score[0] as unknown[])[0]) ? one.score[0] : one.score) as number[][];
      const { selected, votes } = voteInstances(rows.flat(), rows.length, one.k);
      if (one.votes === undefined) {
        expect([...selected]).toEqual(one.selected_sorted);
        return;
      }
      expect([...votes]).toEqual(one.votes);
      const cut = Math.min(...one.selected_sorted.map((i) => votes[i] as number));
      const sure = (chosen: Iterable<number>) => [...chosen].filter((i) => (votes[i] as number) > cut);
      expect(sure(selected)).toEqual(sure(one.selected_sorted));
      expect(Math.min(...Array.from(selected, (i) => votes[i] as number))).toBe(cut);
    },
  );
});

interface Group {
  n: number;
  keep: number;
  groups: number;
  interval: number;
  starts: number[];
  n_first_pass: number;
}
