import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownIdentity } from '@slidestream/core/node';
import { afterAll, expect, test } from 'vitest';
import { folderStatus } from './folder-status.js';

const root = mkdtempSync(join(tmpdir(), 'slidestream-status-'));
afterAll(() => rmSync(root, { recursive: true }));

test('says of each slide how it stands, why, and who has it', async () => {
  const work = join(root, 'tiles', '.work');
  for (const name of ['asked', 'slides', 'workers']) mkdirSync(join(work, name), { recursive: true });
  const put = (name: string, value: unknown): void => writeFileSync(join(work, name), JSON.stringify(value));
  put('asked/0.json', { format: 1, stage: 'tile', slides: ['a', 'b', 'c', 'd', 'e', 'f'] });
  put('slides/a.1.lease', { slide: 'a', worker: 'gone' });
  put('slides/a.1.failed', {
    slide: 'a',
    worker: 'gone',
    failure: { code: 'slide/old', category: 'data', message: 'old', where: {}, request: '' },
  });
  put('slides/a.2.done', { slide: 'a', worker: 'here', detail: {} });
  put('slides/b.3.failed', {
    slide: 'b',
    worker: 'gone',
    failure: { code: 'slide/x', category: 'data', message: 'is broken', where: {}, request: '' },
  });
  put('slides/c.1.lease', { slide: 'c', worker: 'here' });
  put('slides/d.1.lease', { slide: 'd', worker: 'gone' });
  put('slides/e.1.lease', { slide: 'e', worker: 'far' });
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  await once(child, 'exit');
  const worker = { ...ownIdentity(), startedAt: '2026-01-01T00:00:00Z', beat: '1' };
  put('workers/here.json', { id: 'here', ...worker });
  put('workers/gone.json', { id: 'gone', ...worker, pid: child.pid, processStart: null });
  put('workers/far.json', { id: 'far', ...worker, host: 'far', pid: 5 });
  const [stage, ...others] = await folderStatus(root);
  expect(others).toEqual([]);
  expect(stage).toMatchObject({
    path: join(root, 'tiles'),
    stage: 'tile',
    counts: { done: 1, failed: 1, held: 2, abandoned: 1, waiting: 1 },
  });
  const slides = stage?.slides.map(({ slide, state, attempts, reason, holder }) => [slide, state, attempts, reason, holder?.host ?? null]);
  const here = ownIdentity().host;
  expect(slides).toEqual([
    ['a', 'done', 2, null, null],
    ['b', 'failed', 3, 'slide/x', null],
    ['c', 'held', 1, null, here],
    ['d', 'abandoned', 1, null, here],
    ['e', 'held', 1, null, 'far'],
    ['f', 'waiting', 0, null, null],
  ]);
  expect(await folderStatus(join(root, 'tiles'))).toEqual([stage]);
});

test('says when there is nothing', async () => {
  mkdirSync(join(root, 'empty'));
  await expect(folderStatus(join(root, 'empty'))).rejects.toMatchObject({ code: 'status/nothing-there' });
  await expect(folderStatus(join(root, 'none'))).rejects.toMatchObject({ code: 'io/not-found' });
});
