import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeLargeSlide } from './support/large-slide.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-large-'));
afterAll(() => rmSync(work, { recursive: true }));
const GIGABYTE = 2 ** 30;

async function prepare(
  name: string,
  sidePx: number,
  dataOffset: number,
): Promise<{ tiles: number; failures: unknown[]; megabytes: number }> {
  const slide = join(work, `${name}.tiff`);
  await writeLargeSlide(slide, sidePx, dataOffset);
  expect(statSync(slide).size).toBeGreaterThan(dataOffset);
  const child = join(import.meta.dirname, 'support/prepare-child.ts');
  const args = ['--conditions=@slidestream/source', '--import', 'tsx', child, slide, join(work, name)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

test('tiling and packing a BigTIFF beyond 4 GiB takes the memory of a small one', { timeout: 1_800_000 }, async () => {
  // Enough tiles to fill what is bounded: decoded tiles, a portion or two, a batch.
  const small = await prepare('small', 12_288, GIGABYTE / 64);
  const large = await prepare('large', 24_576, 4.5 * GIGABYTE);
  process.stderr.write(
    `peak memory: ${small.megabytes.toFixed(0)} MB for ${small.tiles} tiles, ${large.megabytes.toFixed(0)} MB for ${large.tiles}\n`,
  );
  expect([small.failures, large.failures]).toEqual([[], []]);
  expect(large.tiles).toBeGreaterThan(3.5 * small.tiles);
  expect(small.tiles).toBeGreaterThan(500);
  expect(large.megabytes - small.megabytes).toBeLessThan(100);
});
