import { bufferCount, concatMap, lastValueFrom, mergeMap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fromPull, release } from './from-pull.js';
import { createGate } from './gate.js';
import { mapConcurrent } from './map-concurrent.js';
import { toAsyncIterable } from './to-async-iterable.js';

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('createGate', () => {
  it('lets the longest waiting in first', async () => {
    const gate = createGate(1);
    const order: number[] = [];
    await gate.acquire();
    const first = gate.acquire().then(() => order.push(1));
    const second = gate.acquire().then(() => order.push(2));
    gate.release();
    await first;
    gate.release();
    await second;
    expect(order).toEqual([1, 2]);
    expect(gate.inUse).toBe(1);
  });

  it('forgets a waiter whose signal aborts', async () => {
    const gate = createGate(1);
    const controller = new AbortController();
    await gate.acquire();
    const waiting = gate.acquire(controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    gate.release();
    expect(gate.inUse).toBe(0);
  });

  it('refuses a permit that nobody had taken, and a limit that is no positive integer', () => {
    expect(() => createGate(2).release()).toThrow(RangeError);
    expect(() => createGate(0)).toThrow(RangeError);
  });
});

describe('a gate round a whole pipe', () => {
  it('bounds what is under way in all its stages together', async () => {
    const gate = createGate(32);
    let read = 0;
    let written = 0;
    let most = 0;
    const source = function* () {
      for (; read < 300; read++) {
        most = Math.max(most, read + 1 - written);
        yield read;
      }
    };
    const stages$ = fromPull(source(), gate).pipe(
      mergeMap(async (i) => delay(i % 3).then(() => i), 8),
      bufferCount(16),
      concatMap(async (batch) => {
        await delay(2);
        written += batch.length;
        return batch;
      }),
      release(gate, (batch) => batch.length),
    );
    await lastValueFrom(stages$);
    expect(written).toBe(300);
    expect(most).toBeLessThanOrEqual(32);
    expect(gate.inUse).toBe(0);
  });
});

describe('toAsyncIterable', () => {
  it('with a gate, holds the source back to the speed of the consumer', async () => {
    const gate = createGate(3);
    let read = 0;
    const source = function* () {
      for (; read < 30; read++) yield read;
    };
    const values: number[] = [];
    let most = 0;
    for await (const value of toAsyncIterable(mapConcurrent((i: number) => i, { concurrency: 8, ordered: true, gate })(source()), {
      gate,
    })) {
      await delay(1);
      values.push(value);
      most = Math.max(most, read - values.length);
    }
    expect(values).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(most).toBeLessThanOrEqual(3);
  });

  it('unsubscribes when the consumer breaks off', async () => {
    let closed = false;
    const source = function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed = true;
      }
    };
    const gate = createGate(2);
    for await (const value of toAsyncIterable(fromPull(source(), gate), { gate })) if (value === 3) break;
    await delay(1);
    expect(closed).toBe(true);
  });

  it('throws what the stream errors with, after the values before it', async () => {
    const source = function* () {
      yield 1;
      yield 2;
      throw new Error('third');
    };
    const seen: number[] = [];
    const run = async () => {
      for await (const value of toAsyncIterable(mapConcurrent((i: number) => i, { concurrency: 1 })(source()))) seen.push(value);
    };
    await expect(run()).rejects.toThrow('third');
    expect(seen).toEqual([1, 2]);
  });
});
