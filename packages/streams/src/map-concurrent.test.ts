import { isSlidestreamError } from '@slidestream/core';
import { firstValueFrom, lastValueFrom, take, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { mapConcurrent } from './map-concurrent.js';

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A counted source: how many items were read and whether it was closed. */
function counted(length: number) {
  const state = { read: 0, closed: 0, opened: 0 };
  const source = async function* () {
    state.opened++;
    try {
      for (let i = 0; i < length; i++) {
        state.read++;
        yield i;
      }
    } finally {
      state.closed++;
    }
  };
  return { state, source: { [Symbol.asyncIterator]: source } };
}

describe('mapConcurrent', () => {
  it('reads nothing before it is subscribed', () => {
    const { state, source } = counted(5);
    mapConcurrent(async (i: number) => i, { concurrency: 2 })(source);
    expect(state).toEqual({ read: 0, closed: 0, opened: 0 });
  });

  it.each([true, false])('never has more than `concurrency` items out of the source (ordered: %s)', async (ordered) => {
    const { state, source } = counted(60);
    const project = async (i: number) => delay((i * 7) % 5).then(() => i);
    let done = 0;
    let most = 0;
    await lastValueFrom(
      mapConcurrent(project, { concurrency: 4, ordered })(source).pipe(
        tap(() => {
          most = Math.max(most, state.read - done);
          done++;
        }),
      ),
    );
    expect(most).toBeLessThanOrEqual(4);
    expect(done).toBe(60);
  });

  it('keeps the order of the source when asked, whatever finishes first', async () => {
    const values = Array.from({ length: 40 }, (_, i) => i);
    const result$ = mapConcurrent(async (i: number) => delay((40 - i) % 9).then(() => i), { concurrency: 5, ordered: true })(values);
    expect(await lastValueFrom(result$.pipe(toArray()))).toEqual(values);
  });

  it('gives results as they finish otherwise', async () => {
    const result$ = mapConcurrent(async (ms: number) => delay(ms).then(() => ms), { concurrency: 3 })([40, 20, 1]);
    expect(await lastValueFrom(result$.pipe(toArray()))).toEqual([1, 20, 40]);
  });

  it('takes synchronous iterables, synchronous projects and an empty source', async () => {
    const doubled$ = mapConcurrent((i: number) => i * 2, { concurrency: 2, ordered: true })(new Set([1, 2, 3]));
    expect(await lastValueFrom(doubled$.pipe(toArray()))).toEqual([2, 4, 6]);
    expect(await lastValueFrom(mapConcurrent((i: number) => i, { concurrency: 2 })([]).pipe(toArray()))).toEqual([]);
  });

  it('stops the source and aborts running work when the subscriber has enough', async () => {
    const { state, source } = counted(1000);
    const aborted: number[] = [];
    const project = async (i: number, signal: AbortSignal) => {
      signal.addEventListener('abort', () => aborted.push(i), { once: true });
      await delay(i < 2 ? 1 : 30);
      return i;
    };
    const values = await lastValueFrom(mapConcurrent(project, { concurrency: 3 })(source).pipe(take(2), toArray()));
    await delay(5);
    expect(values).toEqual([0, 1]);
    expect(state.closed).toBe(1);
    expect(state.read).toBeLessThanOrEqual(5);
    expect(aborted.length).toBeGreaterThan(0);
  });

  it('errors once, after work still running has been told and has ended', async () => {
    const { state, source } = counted(100);
    const log: string[] = [];
    const project = async (i: number, signal: AbortSignal) => {
      if (i === 1) throw new Error('item 1');
      await delay(20);
      log.push(`${i} ended, aborted ${signal.aborted}`);
      if (i === 2) throw new Error('item 2');
      return i;
    };
    const errors: unknown[] = [];
    await new Promise<void>((resolve) => {
      mapConcurrent(project, { concurrency: 3 })(source).subscribe({
        error: (error) => {
          log.push('error');
          errors.push(error);
          resolve();
        },
      });
    });
    await delay(40);
    expect(errors.map(String)).toEqual(['Error: item 1']);
    expect(log.at(-1)).toBe('error');
    expect(log).toContain('0 ended, aborted true');
    expect(state.closed).toBe(1);
    expect(state.read).toBeLessThanOrEqual(3);
  });

  it('passes on an error of the source', async () => {
    const source = async function* () {
      yield 1;
      throw new Error('unreadable');
    };
    await expect(lastValueFrom(mapConcurrent(async (i: number) => i, { concurrency: 2 })(source()))).rejects.toThrow('unreadable');
  });

  it('stops on request as a typed error, after running work has ended', async () => {
    const { state, source } = counted(1000);
    const controller = new AbortController();
    let ended = 0;
    const project = async (i: number) => {
      if (i === 4) controller.abort();
      await delay(10);
      ended++;
      return i;
    };
    const result$ = mapConcurrent(project, { concurrency: 2, signal: controller.signal })(source);
    const error = await lastValueFrom(result$).catch((reason) => reason);
    expect(isSlidestreamError(error, 'streams/stopped')).toBe(true);
    expect(error.category).toBe('stopped');
    expect(ended).toBe(state.read);
    expect(state.closed).toBe(1);
  });

  it('does not hang on a source that never answers when it is stopped', async () => {
    const controller = new AbortController();
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    setTimeout(() => controller.abort(), 5);
    const result$ = mapConcurrent((i: number) => i, { concurrency: 2, signal: controller.signal })(silent);
    await expect(firstValueFrom(result$)).rejects.toMatchObject({ code: 'streams/stopped' });
  });

  it('does not open the source when the signal has aborted already', async () => {
    const { state, source } = counted(3);
    const result$ = mapConcurrent((i: number) => i, { concurrency: 2, signal: AbortSignal.abort() })(source);
    await expect(firstValueFrom(result$)).rejects.toMatchObject({ code: 'streams/stopped' });
    expect(state.read).toBe(0);
  });

  it('loses no slot under many short and long items', async () => {
    const values = Array.from({ length: 2000 }, (_, i) => i);
    const project = (i: number) => (i % 3 === 0 ? i : i % 3 === 1 ? Promise.resolve(i) : delay(0).then(() => i));
    const result = await lastValueFrom(mapConcurrent(project, { concurrency: 7 })(values).pipe(toArray()));
    expect(result.sort((a, b) => a - b)).toEqual(values);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a concurrency of %s', (concurrency) => {
    expect(() => mapConcurrent((i: number) => i, { concurrency })).toThrow(RangeError);
  });
});
