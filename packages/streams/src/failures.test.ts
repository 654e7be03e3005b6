import { failure, type Outcome, SlidestreamError, success } from '@slidestream/core';
import { from, lastValueFrom, takeUntil, timer, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fromAbort } from './abort.js';
import { attempt } from './attempt.js';
import { collectFailures, type ItemFailure, TooManyFailuresError } from './collect-failures.js';
import { mapConcurrent } from './map-concurrent.js';
import { progress, type StreamProgress } from './progress.js';

const bad = (code: string, category: SlidestreamError['category']) => new SlidestreamError({ code, category, message: 'no good' });
const outcome = (i: number): Outcome<number, number> => (i % 2 === 0 ? success(i) : failure(bad('slide/unreadable', 'data'), i));

describe('attempt', () => {
  const signal = new AbortController().signal;
  it('makes the failure of an item a value', async () => {
    const run = attempt(async (i: number) => {
      if (i === 2) throw bad('slide/unreadable', 'data');
      return i * 10;
    });
    expect(await run(1, signal, 0)).toEqual({ ok: true, value: 10 });
    expect(await run(2, signal, 1)).toMatchObject({ ok: false, item: 2, error: { code: 'slide/unreadable' } });
  });

  it.each([
    new TypeError('a defect'),
    bad('config/unknown-key', 'usage'),
    bad('streams/stopped', 'stopped'),
    bad('io/no-space', 'io'),
    bad('core/defect', 'internal'),
  ])('throws on what concerns more than the item: %s', async (error) => {
    await expect(attempt(() => Promise.reject(error))(1, signal, 0)).rejects.toBe(error);
  });
});

describe('collectFailures', () => {
  it('lets values through and hands failures over', async () => {
    const into: ItemFailure<number>[] = [];
    const seen: number[] = [];
    const outcomes$ = mapConcurrent(async (i: number) => outcome(i), { concurrency: 2, ordered: true })([0, 1, 2, 3, 4]);
    const kept$ = outcomes$.pipe(collectFailures({ upTo: 2, into, onFailure: ({ item }) => seen.push(item) }));
    expect(await lastValueFrom(kept$.pipe(toArray()))).toEqual([0, 2, 4]);
    expect(into.map(({ item }) => item)).toEqual([1, 3]);
    expect(seen).toEqual([1, 3]);
  });

  it('stops with the first causes once more than `upTo` failed', async () => {
    let read = 0;
    const source = function* () {
      for (; read < 1000; read++) yield read;
    };
    const kept$ = mapConcurrent(async (i: number) => outcome(i), { concurrency: 1 })(source()).pipe(collectFailures({ upTo: 2 }));
    const error = await lastValueFrom(kept$).catch((reason) => reason);
    expect(error).toBeInstanceOf(TooManyFailuresError);
    expect(error).toMatchObject({
      code: 'streams/too-many-failures',
      category: 'data',
      what: expect.stringContaining('no good; no good; no good'),
    });
    expect(error.failures.map(({ item }: ItemFailure) => item)).toEqual([1, 3, 5]);
    expect(read).toBeLessThan(10);
  });
});

describe('progress', () => {
  it('reports at the start and with every element', async () => {
    const reports: StreamProgress[] = [];
    const onProgress = (report: StreamProgress) => reports.push(report);
    const slides$ = from([
      { id: 'a', tiles: 3 },
      { id: 'b', tiles: 4 },
    ]);
    await lastValueFrom(
      slides$.pipe(progress({ unit: 'tiles', total: 7, amount: (slide) => slide.tiles, current: (slide) => slide.id, onProgress })),
    );
    expect(reports).toEqual([
      { unit: 'tiles', done: 0, total: 7 },
      { unit: 'tiles', done: 3, total: 7, current: 'a' },
      { unit: 'tiles', done: 7, total: 7, current: 'b' },
    ]);
  });
});

describe('fromAbort', () => {
  it('ends a pipeline as stopped, not as done', async () => {
    const controller = new AbortController();
    const waiting = lastValueFrom(timer(10_000).pipe(takeUntil(fromAbort(controller.signal))));
    controller.abort('SIGINT');
    await expect(waiting).rejects.toMatchObject({ code: 'streams/stopped', category: 'stopped', cause: 'SIGINT' });
  });

  it('errors at once when the signal has aborted already', async () => {
    await expect(lastValueFrom(fromAbort(AbortSignal.abort()))).rejects.toMatchObject({ code: 'streams/stopped' });
  });
});
