import { createHash } from 'node:crypto';
import { randomStream } from '@slidestream/core';
import { entries } from '../lmdb-tree.js';
import { openPages } from '../open-pages.js';
import type { StoredSlideInfo, StoreHeader, TileToStore } from '../types.js';

/** A header for tests. */
export const testHeader: StoreHeader = { formatVersion: 1, tileSizePx: 256, jpegQuality: 80, encoder: 'none', creator: 'test' };

/** Bytes that look like a JPEG from afar, the same for the same slide and index. */
export function madeUpJpeg(slide: string, index: number): Uint8Array {
  const random = randomStream('jpeg', slide, index);
  const bytes = new Uint8Array(200 + random.integer(index % 13 === 0 ? 70_000 : 9000));
  const word = random.uint32();
  for (let i = 0; i < bytes.length; i++) bytes[i] = (Math.imul(word ^ i, 0x9e3779b1) >>> 13) & 0xff;
  bytes.set([0xff, 0xd8, 0xff]);
  bytes.set([0xff, 0xd9], bytes.length - 2);
  return bytes;
}

/** All tiles of a made-up slide. */
export function* madeUpTiles(slide: string, count: number): Generator<TileToStore> {
  for (let index = 0; index < count; index++) yield { jpeg: madeUpJpeg(slide, index) };
}

/** Facts of a made-up slide. */
export function madeUpInfo(count: number): Omit<StoredSlideInfo, 'crc32c'> {
  return {
    reader: { name: 'test', version: '1' },
    sourceHash: 'none',
    width: 10_000,
    height: 8000,
    mpp: { x: 0.5, y: 0.5, source: 'given' },
    scale: { mpp: 0.5, level: 0, downsample: 1, sizeLevel0Px: 256 },
    coords: Array.from({ length: 2 * count }, (_, i) => 256 * i),
  };
}

/** SHA-256 over all keys and values in key order: what a store holds, whatever its pages look like. */
export function contentHash(path: string): string {
  using pages = openPages(path);
  const hash = createHash('sha256');
  for (const entry of entries(pages)) {
    const value = entry.value();
    hash.update(`${entry.key.length}:${value.length}:`).update(entry.key).update(value);
  }
  return hash.digest('hex');
}
