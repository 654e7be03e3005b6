import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlidestreamError, silentLogger } from '@slidestream/core';
import { attempt, collectFailures, type ItemFailure, mapConcurrent } from '@slidestream/streams';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { onLease, type SlideDone } from './on-lease.js';
import { type LedgerOptions, openLedger, type SharingOptions, type SlideLedger, type SlideTask } from './slide-ledger.js';
import { watchWorkers } from './worker-watch.js';

const root = mkdtempSync(join(tmpdir(), 'slidestream-ledger-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'ledger-'));
});

const slides = Array.from({ length: 12 }, (_, i) => `S ${i}/α`);
const broken = new SlidestreamError({ code: 'slide/broken', category: 'data', message: 'is broken' });

interface Worker {
  readonly sharing?: SharingOptions;
  readonly fails?: readonly string[];
  readonly request?: string;
  readonly signal?: AbortSignal;
  readonly onWork?: (slide: string) => Promise<unknown>;
}

/** What is under its final name, by slide: how often it was made. */
const made = new Map<string, Map<string, number>>();
const open = (worker: Worker = {}): Promise<SlideLedger<number>> => {
  const done = made.get(folder) ?? new Map<string, number>();
  made.set(folder, done);
  const options: LedgerOptions<number> = {
    folder,
    stage: 'tile',
    slides,
    sharing: { beatMs: 50, staleMs: 400, ...worker.sharing },
    complete: async (slide) => done.get(slide) ?? null,
    request: async () => worker.request ?? 'the same',
    logger: silentLogger,
    signal: worker.signal ?? new AbortController().signal,
  };
  return openLedger(options);
};

async function work(worker: Worker = {}): Promise<{ tried: string[]; done: string[]; failed: string[] }> {
  const ledger = await open(worker);
  const tried: string[] = [];
  const failed: ItemFailure<SlideTask<number>>[] = [];
  const one = onLease<number>(ledger, async (slide) => {
    tried.push(slide);
    await worker.onWork?.(slide);
    if (worker.fails?.includes(slide)) throw broken;
    const done = made.get(folder) as Map<string, number>;
    done.set(slide, (done.get(slide) ?? 0) + 1);
    return 1;
  });
  try {
    const done$ = mapConcurrent(attempt(one), { concurrency: 2, signal: worker.signal })(ledger.tasks()).pipe(
      collectFailures<SlideDone<number>, SlideTask<number>>({ upTo: Number.POSITIVE_INFINITY, into: failed }),
      toArray(),
    );
    const done = (await lastValueFrom(done$)).map(({ slide }) => slide);
    return { tried, done: done.sort(), failed: failed.map(({ item }) => item.slide).sort() };
  } finally {
    await ledger.close();
  }
}

const pause = (): Promise<void> => sleep(5 + 20 * Math.random());

test('workers share the slides: each is done once, each worker learns of all', async () => {
  let second: () => void = () => undefined;
  const twoAtWork = new Promise<void>((resolve) => {
    second = resolve;
  });
  const atWork = new Set<number>();
  const onWork = async (worker: number): Promise<void> => {
    if (atWork.add(worker).size > 1) second();
    await twoAtWork;
    await pause();
  };
  const reports = await Promise.all([1, 2, 3, 4].map((worker) => work({ onWork: () => onWork(worker), fails: [slides[3] as string] })));
  expect(reports.flatMap(({ tried }) => tried).sort()).toEqual([...slides].sort());
  expect([...(made.get(folder) as Map<string, number>).values()]).toEqual(Array(11).fill(1));
  for (const { done, failed } of reports) {
    expect(done).toHaveLength(11);
    expect(failed).toEqual([slides[3]]);
  }
});

test('parts are done by whom they were given to', async () => {
  const parts = await Promise.all([0, 1, 2].map((index) => work({ sharing: { shard: { index, count: 3 } } })));
  expect(parts.flatMap(({ done }) => done).sort()).toEqual([...slides].sort());
  for (const { tried, done } of parts) expect([...tried].sort()).toEqual(done);
});

test('a failure stands until request or file change, or it is asked for again', async () => {
  const fails = slides.slice(2, 5);
  const sorted = [...fails].sort();
  expect((await work({ fails })).failed).toEqual(sorted);
  expect(await work()).toMatchObject({ tried: [], failed: sorted });
  const again = await work({ fails: fails.slice(0, 1), sharing: { retryFailed: true } });
  expect([...again.tried].sort()).toEqual(sorted);
  expect(again.failed).toEqual(fails.slice(0, 1));
  expect((await work({ request: 'another' })).tried).toEqual(fails.slice(0, 1));
});

test('to try failed slides again begins no other', async () => {
  const stop = new AbortController();
  const fails = slides.slice(0, 1);
  await expect(work({ fails, signal: stop.signal, onWork: async (slide) => slide === slides[2] && stop.abort() })).rejects.toThrow(
    /stopped/,
  );
  expect((await work({ sharing: { retryFailed: true } })).tried).toEqual(fails);
});

test('what was stopped is free at once, and what is gone from the disk is done again', async () => {
  const stop = new AbortController();
  await expect(work({ signal: stop.signal, onWork: async () => stop.abort() })).rejects.toThrow(/stopped/);
  expect((await work()).done).toHaveLength(12);
  made.get(folder)?.delete(slides[7] as string);
  expect((await work()).tried).toEqual([slides[7]]);
});

/** A lease of a worker on another machine, and its heart, which beats when told to. */
function elsewhere(slide: string): () => void {
  for (const name of ['slides', 'workers']) mkdirSync(join(folder, name), { recursive: true });
  let beat = 0;
  const beats = (): void =>
    writeFileSync(
      join(folder, 'workers', 'far.json'),
      JSON.stringify({ id: 'far', pid: 1, host: 'far', processStart: '1', beat: String(beat++) }),
    );
  beats();
  writeFileSync(join(folder, 'slides', `${slide}.1.lease`), JSON.stringify({ slide, worker: 'far' }));
  return beats;
}

test('a slide of another machine is left alone while its worker’s heart beats, and taken when it stands still', async () => {
  const beats = elsewhere('far');
  const ledger = await openLedger<number>({
    folder,
    stage: 'tile',
    slides: ['far'],
    sharing: { beatMs: 40, staleMs: 1500 },
    complete: async () => null,
    request: async () => '',
    logger: silentLogger,
    signal: new AbortController().signal,
  });
  const tasks = ledger.tasks();
  let taken = false;
  const next = tasks.next().then((task) => {
    taken = true;
    return task;
  });
  for (let i = 0; i < 45; i++) {
    beats();
    await sleep(60);
  }
  expect(taken).toBe(false);
  expect((await next).value).toEqual({ slide: 'far', attempt: 2, found: null });
  expect(ledger.isGone({ pid: 1, host: 'far', processStart: '1' })).toBe(true);
  expect(ledger.isGone({ pid: 2, host: 'far', processStart: '1' })).toBe(false);
  await tasks.return();
  await ledger.close();
});

test('only this process’s own time counts', async () => {
  const beats = elsewhere('far');
  let now = 0;
  const watch = watchWorkers(folder, 100, () => now);
  expect((await watch.look('far')).alive).toBe(true);
  now = 99;
  expect((await watch.look('far')).alive).toBe(true);
  beats();
  now = 1000;
  expect((await watch.look('far')).alive).toBe(true);
  now = 1100;
  expect((await watch.look('far')).alive).toBe(false);
  expect((await watch.look('gone')).alive).toBe(true);
  now = 1200;
  expect((await watch.look('gone')).alive).toBe(false);
});

test('a lease without content is waited for and then taken', async () => {
  mkdirSync(join(folder, 'slides'), { recursive: true });
  writeFileSync(join(folder, 'slides', 'torn.1.lease'), '');
  const ledger = await openLedger<number>({
    folder,
    stage: 'tile',
    slides: ['torn'],
    sharing: { beatMs: 20, staleMs: 100 },
    complete: async () => null,
    request: async () => '',
    logger: silentLogger,
    signal: new AbortController().signal,
  });
  for await (const task of ledger.tasks()) expect(task).toEqual({ slide: 'torn', attempt: 2, found: null });
  await ledger.close();
});

test('the heart beats while the main thread is busy', async () => {
  const ledger = await open();
  const tasks = ledger.tasks();
  await tasks.next();
  const watch = watchWorkers(folder, 1e9);
  const [file = ''] = readdirSync(join(folder, 'workers'));
  const id = file.replace('.json', '');
  await sleep(150);
  const before = (await watch.look(id)).record?.beat;
  const until = performance.now() + 400;
  while (performance.now() < until);
  expect((await watch.look(id)).record?.beat).not.toBe(before);
  await tasks.return();
  await ledger.close();
  expect((await watch.look(id)).alive).toBe(false);
});
