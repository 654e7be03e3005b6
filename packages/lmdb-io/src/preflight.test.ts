import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTileStore, openTileStore, preflight } from './index.js';
import { madeUpInfo, madeUpTiles, testHeader } from './testing/made-up-slides.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-preflight-'));
const path = join(work, 'good.lmdb');
afterAll(() => rmSync(work, { recursive: true }));
beforeAll(async () => {
  await using store = await createTileStore(path, testHeader);
  for (let i = 0; i < 6; i++) await store.writeSlide(`case-${i}`, madeUpInfo(25), madeUpTiles(`case-${i}`, 25));
});

const codeOf = (target: string): string => {
  try {
    openTileStore(target).close();
    return 'fine';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const put = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(work, name), bytes);
  return join(work, name);
};
/** A meta page as other LMDBs begin it: the magic number and the version at the given place. */
const meta = (magicAt: number, version: number): Uint8Array => {
  const bytes = Buffer.alloc(8192);
  bytes.writeUInt32LE(0xbeefc0de, magicAt);
  bytes.writeUInt32LE(version, magicAt + 4);
  return bytes;
};

test('what is no store of format 1 is named', () => {
  expect(codeOf(path)).toBe('fine');
  expect(preflight(path)).toMatchObject({ dataFile: path, meta: { pageSize: 4096 } });
  expect(codeOf(join(work, 'none.lmdb'))).toBe('io/not-found');
  expect(codeOf(put('empty', ''))).toBe('store/truncated');
  expect(codeOf(put('short', 'abc'))).toBe('store/not-a-store');
  expect(codeOf(put('junk', Buffer.alloc(100_000, 7)))).toBe('store/not-a-store');
  expect(codeOf(put('zeros', Buffer.alloc(100_000)))).toBe('store/not-a-store');
  expect(() => openTileStore(put('v2', meta(24, 2)))).toThrow(/data format 2, of the lmdb npm package's prebuilt/);
  expect(() => openTileStore(put('v2b', meta(16, 2)))).toThrow(/data format 2/);
  expect(() => openTileStore(put('v3', meta(24, 3)))).toThrow(/data format 3, of LMDB 1.0/);
  expect(() => openTileStore(put('devel', meta(16, 999)))).toThrow(/data format 999/);
  mkdirSync(join(work, 'folder'));
  expect(codeOf(join(work, 'folder'))).toBe('store/not-a-store');
  expect(codeOf('/dev/null')).toBe('store/not-a-store');
  mkdirSync(join(work, 'whole'));
  writeFileSync(join(work, 'whole', 'data.mdb'), readFileSync(path));
  expect(codeOf(join(work, 'whole'))).toBe('fine');
});

test('a pipe is refused, not waited for', () => {
  const pipe = join(work, 'pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) {
    process.stderr.write('skipped: no mkfifo here\n');
    return;
  }
  expect(codeOf(pipe)).toBe('store/not-a-store');
});

test('truncated and changed stores never end the process', { timeout: 120_000 }, () => {
  const child = join(import.meta.dirname, 'testing/open-child.ts');
  const args = ['--conditions=@slidestream/source', '--import', 'tsx', child, path, join(work, 'target.lmdb'), '200', '300'];
  const result = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(result.stderr).toBe('');
  expect(result.signal).toBeNull();
  const counts = JSON.parse(result.stdout) as Record<string, number>;
  const sum = (kind: string, code?: string): number =>
    Object.entries(counts).reduce(
      (total, [key, n]) => total + (key.startsWith(`${kind} `) && (code === undefined || key === `${kind} ${code}`) ? n : 0),
      0,
    );
  expect(sum('cut')).toBe(200);
  // A cut through free pages at the very end loses nothing: every tile was read and its checksum held.
  expect(sum('cut', 'fine'), result.stdout).toBeLessThan(10);
  expect(sum('cut', 'store/truncated') + sum('cut', 'store/not-a-store') + sum('cut', 'fine'), result.stdout).toBe(200);
  expect(sum('cut-write', 'fine')).toBe(sum('cut', 'fine'));
  expect(sum('cut-write')).toBe(200);
  expect(sum('changed')).toBe(300);
  expect(sum('changed', 'fine')).toBeLessThan(200);
});
