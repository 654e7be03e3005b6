import { randomStream } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { batchOrder, gridPositions, instanceStream, sampleInstances, sampleScales, scaleCounts, voteInstances } from './index.js';

const random = () => randomStream(7);

describe('sampleInstances', () => {
  it('draws distinct instances in another order every epoch', () => {
    const first = sampleInstances({ tileCount: 1000, count: 100 }, instanceStream(1, 0, 'a'));
    expect(new Set(first).size).toBe(100);
    expect(Math.max(...first)).toBeLessThan(1000);
    expect(sampleInstances({ tileCount: 1000, count: 100 }, instanceStream(1, 0, 'a'))).toEqual(first);
    expect(sampleInstances({ tileCount: 1000, count: 100 }, instanceStream(1, 1, 'a'))).not.toEqual(first);
    expect(sampleInstances({ tileCount: 1000, count: 100 }, instanceStream(1, 0, 'b'))).not.toEqual(first);
  });

  it('draws every instance equally often', () => {
    const hits = new Float64Array(20);
    for (let epoch = 0; epoch < 2000; epoch++) {
      for (const i of sampleInstances({ tileCount: 20, count: 5 }, instanceStream(3, epoch, 's'))) hits[i] = (hits[i] as number) + 1;
    }
    for (const count of hits) expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt(500 * 0.75));
  });

  it('leaves a small bag as it is, or fills it with repeats at the end', () => {
    expect([...sampleInstances({ tileCount: 3, count: 5 }, random())]).toEqual([0, 1, 2]);
    const padded = sampleInstances({ tileCount: 3, count: 6, pad: 'repeat' }, random());
    expect([...padded.subarray(0, 3)]).toEqual([0, 1, 2]);
    expect(padded).toHaveLength(6);
    expect(Math.max(...padded)).toBeLessThan(3);
    expect(sampleInstances({ tileCount: 0, count: 6, pad: 'repeat' }, random())).toHaveLength(0);
  });

  it('takes one instance of every group before it fills up', () => {
    const seen = [...sampleInstances({ tileCount: 50, count: 20, groups: 12 }, random())];
    expect(seen.slice(0, 10).map((i) => Math.floor(i / 5))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(seen).size).toBe(20);
  });

  it('refuses counts that mean nothing', () => {
    for (const count of [0, -1, 1.5, Number.NaN]) {
      expect(() => sampleInstances({ tileCount: 5, count }, random())).toThrow(expect.objectContaining({ code: 'sampling/bad-count' }));
    }
    expect(() => sampleInstances({ tileCount: 5, fraction: 1 }, random())).toThrow(
      expect.objectContaining({ code: 'sampling/bad-fraction' }),
    );
  });
});

describe('two scales', () => {
  it('gives the low scale its share', () => {
    expect(scaleCounts({ count: 100, share: { low: 0.29 } })).toEqual({ low: 29, high: 71 });
    const { low, high } = sampleScales({ tileCounts: { low: 200, high: 900 }, count: 64, share: { low: 0.25 } }, random());
    expect([low.length, high.length]).toEqual([16, 48]);
  });

  it('lets one scale give what the other lacks', () => {
    expect(scaleCounts({ count: 100, share: { low: 0.5 }, available: { low: 10, high: 500 } })).toEqual({ low: 10, high: 90 });
    expect(scaleCounts({ count: 100, share: { low: 0.5 }, available: { low: 500, high: 10 } })).toEqual({ low: 90, high: 10 });
    expect(scaleCounts({ count: 100, share: { low: 0.5 }, available: { low: 20, high: 30 } })).toEqual({ low: 20, high: 30 });
  });

  it('fills both up to their share when padding', () => {
    const { low, high } = sampleScales({ tileCounts: { low: 4, high: 5 }, count: 20, share: { low: 0.25 }, pad: 'repeat' }, random());
    expect([low.length, high.length]).toEqual([5, 15]);
  });
});

it('voteInstances lets every head vote for its own best', () => {
  const { selected, votes } = voteInstances([9, 8, 0, 1, /**/ 9, 0, 8, 1], 2, 2);
  expect([...votes]).toEqual([2, 1, 1, 0]);
  expect([...selected]).toEqual([0, 1]);
  expect(() => voteInstances([1, Number.NaN], 1, 1)).toThrow(expect.objectContaining({ code: 'sampling/bad-attention' }));
});

it('batchOrder visits every slide once an epoch, in its own order', () => {
  const first = batchOrder({ seed: 1, epoch: 0, count: 10, batchSize: 4 });
  expect(first.map((batch) => batch.length)).toEqual([4, 4, 2]);
  expect(first.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(batchOrder({ seed: 1, epoch: 1, count: 10, batchSize: 4 })).not.toEqual(first);
  expect(batchOrder({ seed: 1, epoch: 0, count: 10, batchSize: 4, dropLast: true })).toHaveLength(2);
});

it('gridPositions widens the grid by a tile on its bound', () => {
  const grid = gridPositions([0, 0, 512, 256, 1024, 0], { levelDim: [1000, 600], downsample: [1, 1], patchSize: 256 });
  expect([grid.gridWidth, grid.gridHeight, [...grid.columns], [...grid.rows]]).toEqual([3, 2, [0, 2, 4], [0, 1, 0]]);
});
