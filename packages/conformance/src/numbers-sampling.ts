import { randomStream } from '@slidestream/core';
import { bagSize, groupStarts, lexicalOrder, sampleInstances, scaleCounts, sinCosPositions, voteInstances } from '@slidestream/sampling';
import { UnknownCase } from './conformance-case.js';
import { fieldsOf, type NumbersCheck } from './numbers-case.js';

const sinCos: NumbersCheck = ({ value }, comparison) => {
  const names = ['dim', 'grid_h', 'grid_w', 'table', 'index_of_tile'] as const;
  const one = fieldsOf<{ dim: number; grid_h: number; grid_w: number; table: number[][]; index_of_tile: string }>(value, names);
  if (one.index_of_tile !== 'y * pw + x') throw new UnknownCase(`tile order "${one.index_of_tile}"`);
  const tiles = Array.from({ length: one.grid_h * one.grid_w }, (_, i) => i);
  const columns = tiles.map((i) => i % one.grid_w);
  const rows = tiles.map((i) => Math.floor(i / one.grid_w));
  comparison.close('table', sinCosPositions(columns, rows, one.dim), one.table.flat(), { absolute: 1e-6 });
};

const groups: NumbersCheck = ({ value }, comparison) => {
  interface Groups {
    readonly n: number;
    readonly keep: number;
    readonly groups: number;
    readonly interval: number;
    readonly starts: readonly number[];
    readonly n_first_pass: number;
    readonly n_random_fill: number;
  }
  const one = fieldsOf<Groups>(value, ['n', 'keep', 'groups', 'interval', 'starts', 'n_first_pass', 'n_random_fill']);
  const ours = groupStarts(one.n, one.groups);
  comparison.equal('interval', ours.interval, one.interval).equal('starts', ours.starts, one.starts);
  const drawn = [...sampleInstances({ tileCount: one.n, count: one.keep, groups: one.groups }, randomStream('conform'))];
  const first = drawn.slice(0, one.n_first_pass).map((i) => Math.floor(i / one.interval));
  comparison.equal(
    'one of each interval',
    first,
    Array.from(first, (_, i) => i),
  );
  comparison.equal('random fill', drawn.length - one.n_first_pass, one.n_random_fill);
  comparison.equal('distinct', new Set(drawn).size, one.keep);
};

const fraction: NumbersCheck = ({ value }, comparison) => {
  const names = ['n', 'fraction', 'result_len', 'zero_padded'] as const;
  const one = fieldsOf<{ n: number; fraction: number; result_len: number; zero_padded: number }>(value, names);
  const size = bagSize(one.n, { fraction: one.fraction });
  comparison.equal('result_len', size, one.result_len).equal('zero_padded', Math.max(0, size - one.n), one.zero_padded);
};

const scales: NumbersCheck = ({ value }, comparison) => {
  const names = ['same_psize', 'ratio', 'low_level', 'high_level'] as const;
  const one = fieldsOf<{ same_psize: number; ratio: number; low_level: number; high_level: number }>(value, names);
  const { low, high } = scaleCounts({ count: one.same_psize, share: { low: 1 / one.ratio } });
  comparison.equal('low_level', low, one.low_level).equal('high_level', high, one.high_level);
};

/** Recorded are the first n of n + 1 keys in the order of a cursor. */
const diskOrder: NumbersCheck = ({ value }, comparison) => {
  for (const [count, order] of Object.entries(value as Record<string, readonly number[]>)) {
    comparison.equal(count, lexicalOrder(Number(count) + 1).slice(0, Number(count)), order);
  }
};

const votes: NumbersCheck = ({ value }, comparison) => {
  interface VoteCase {
    readonly score: readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[];
    readonly k: number;
    readonly selected_sorted: readonly number[];
    readonly votes?: readonly number[];
    readonly note?: string;
  }
  const one = fieldsOf<VoteCase>(value, ['score', 'k', 'selected_sorted', 'votes', 'note']);
  const heads = (Array.isArray(one.score[0]?.[0]) ? one.score[0] : one.score) as readonly (readonly number[])[];
  const ours = voteInstances(heads.flat(), heads.length, one.k);
  if (one.votes === undefined) {
    comparison.equal('selected', [...ours.selected], one.selected_sorted);
    return;
  }
  comparison.equal('votes', [...ours.votes], one.votes);
  // Ties at the cut are free; everything above it is not (vectors/README.md).
  const cut = Math.min(...one.selected_sorted.map((i) => ours.votes[i] as number));
  const above = (chosen: Iterable<number>): number[] => [...chosen].filter((i) => (ours.votes[i] as number) > cut);
  comparison.equal('above the cut', above(ours.selected), above(one.selected_sorted));
  comparison.equal('at the cut', Math.min(...Array.from(ours.selected, (i) => ours.votes[i] as number)), cut);
  comparison.equal('count', ours.selected.length, one.selected_sorted.length);
};

/** Checks of `numbers/sampling.json` by key. */
export const samplingChecks: Readonly<Record<string, NumbersCheck>> = {
  'sampling/sincos': sinCos,
  'sampling/group1d': groups,
  'sampling/fractional_same_psize': fraction,
  'sampling/multi_scale_split': scales,
  'sampling/lexical_order': diskOrder,
  'sampling/vote_selection': votes,
};
