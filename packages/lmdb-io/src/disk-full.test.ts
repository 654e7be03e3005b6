import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createTileStore, openTileStore, verifyTileStore } from './index.js';
import { contentHash, madeUpInfo, madeUpTiles, testHeader } from './testing/made-up-slides.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-full-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder]).status === 0;
if (!mounted) process.stderr.write('skipped: a full disk needs the right to mount a small one\n');
afterAll(() => {
  // Lazily: lmdb keeps its file open until the process ends.
  if (mounted) spawnSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
});

const slides = Array.from({ length: 8 }, (_, i) => `case-${i}`);

async function write(path: string): Promise<void> {
  await using store = await createTileStore(path, testHeader, { batchBytes: 200_000 });
  for (const slide of slides) if (!store.has(slide)) await store.writeSlide(slide, madeUpInfo(60), madeUpTiles(slide, 60));
}

test.skipIf(!mounted)('a full disk is named, finished slides stay, and the rest follows when there is room', async () => {
  const path = join(folder, 'tiles.lmdb');
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(2_500_000));
  await expect(write(path)).rejects.toMatchObject({
    code: 'io/no-space',
    category: 'io',
    message: expect.stringMatching(/need .* MB, have .* MB on/),
  });
  const before = openTileStore(path);
  const finished = before.slides;
  before.close();
  expect(finished.length).toBeLessThan(slides.length);
  expect((await verifyTileStore(path)).ok).toBe(true);
  rmSync(ballast);
  await write(path);
  const elsewhere = join(mkdtempSync(join(tmpdir(), 'slidestream-room-')), 'tiles.lmdb');
  await write(elsewhere);
  expect(contentHash(path)).toBe(contentHash(elsewhere));
  rmSync(join(elsewhere, '..'), { recursive: true });
});
