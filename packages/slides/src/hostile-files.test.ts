import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { isSlidestreamError, type RandomStream, randomStream } from '@slidestream/core';
import { aperioDescription, layOutTiff, type TiffDirectory, type TiffField, writeTiff } from '@slidestream/testing/tiff';
import { afterAll, describe, expect, test } from 'vitest';
import { openSlide } from './open-slide.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MUTATIONS = 360;
const SLOWEST_MS = 5000;
const MEMORY = 512 << 20;

/** Opens a file and reads a part of everything in it; the code of the typed error in which that ends, or `valid`. */
async function readAll(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'hostile.svs');
  writeFileSync(path, bytes);
  try {
    await using slide = await openSlide(path);
    for (const { index: level, width, height } of slide.info.levels) {
      const { data } = await slide.readRegion({ level, x: 0, y: 0, width: Math.min(width, 400), height: Math.min(height, 400) });
      expect(data.length).toBe(Math.min(width, 400) * Math.min(height, 400) * 3);
      await slide.readRawTile(level, 0, 0);
    }
    for (const { name } of slide.info.associated) await slide.readAssociated(name);
    return 'valid';
  } catch (error) {
    if (!isSlidestreamError(error) || error.category === 'internal') throw error;
    return error.code;
  }
}

function mutate(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const out = bytes.slice();
  const kind = random.integer(4);
  if (kind === 0) return out.subarray(0, random.integer(out.length));
  // Most of a slide is pixels: half of the damage goes to its last kilobyte and its header, where directories are.
  const place = (): number => {
    const where = random.integer(4);
    return where === 0
      ? random.integer(64)
      : where === 1
        ? out.length - 1 - random.integer(Math.min(1024, out.length))
        : random.integer(out.length);
  };
  const times = 1 + random.integer(8);
  for (let i = 0; i < times; i++) {
    const at = place();
    if (kind === 1) out[at] = random.integer(256);
    else if (kind === 2) out[at] = (out[at] as number) ^ (1 << random.integer(8));
    else out.fill([0, 255, 127, 128][random.integer(4)] as number, at, at + 1 + random.integer(8));
  }
  return out;
}

function pixels(width: number, height: number): { width: number; height: number; data: Uint8Array } {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31 + (i >> 6)) & 255) };
}

describe('mutated slides', () => {
  const levels = [pixels(130, 100), pixels(65, 50)];
  const description = aperioDescription({ width: 130, height: 100, mpp: 0.5, objective: 20 });
  const seeds = [
    { levels, tileSizePx: 64, description, associated: { thumbnail: pixels(30, 20), label: pixels(10, 10) } },
    { levels, tileSizePx: 64, bigTiff: true, jpegTables: 'in-tile', subIfds: true },
    { levels, tileSizePx: 32, compression: 'lzw', predictor: 2, endian: 'big' },
    { levels, tileSizePx: 32, compression: 'deflate', bigTiff: true, endian: 'big' },
    { levels, rowsPerStrip: 16, compression: 'packbits' },
    { levels, rowsPerStrip: 16 },
  ] as const;

  test.each(seeds.map((seed, i) => [i, seed] as const))('are read or refused by name, seed %i', async (number, seed) => {
    const sound = await writeTiff(seed);
    expect(await readAll(sound)).toBe('valid');
    const before = process.memoryUsage.rss();
    const outcomes = new Map<string, number>();
    for (let i = 0; i < MUTATIONS / seeds.length; i++) {
      const start = performance.now();
      const outcome = await readAll(mutate(sound, randomStream('hostile', number, i)));
      expect(performance.now() - start, `mutation ${i}`).toBeLessThan(SLOWEST_MS);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(MEMORY);
    // Mutations that break nothing or everything would test nothing.
    expect(outcomes.size).toBeGreaterThan(2);
  });
});

describe('hand-made bombs', () => {
  const field = (tag: number, ...values: number[]): TiffField => ({ tag, type: 'long', values });
  const image = (
    changes: Readonly<Record<number, number>>,
    chunks: TiffDirectory['chunks'] = [new Uint8Array(64 * 64 * 3)],
  ): TiffDirectory => {
    const tags: Record<number, number> = { 256: 64, 257: 64, 259: 1, 262: 2, 277: 3, 322: 64, 323: 64, ...changes };
    const fields = Object.entries(tags).map(([tag, value]) => field(Number(tag), value));
    return { fields: [...fields, { tag: 258, type: 'short', values: [8, 8, 8] }], tiled: true, chunks };
  };
  const refused = async (bytes: Uint8Array, code: string): Promise<void> => {
    const before = process.memoryUsage();
    expect(await readAll(bytes)).toBe(code);
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(64 << 20);
  };

  test('the plain image is sound', async () => {
    expect(await readAll(layOutTiff([image({})]))).toBe('valid');
  });

  test('directories that loop, or point to themselves', async () => {
    const bytes = layOutTiff([image({}), image({})]);
    const view = new DataView(bytes.buffer);
    const first = view.getUint32(4, true);
    const second = view.getUint32(first + 2 + view.getUint16(first, true) * 12, true);
    view.setUint32(second + 2 + view.getUint16(second, true) * 12, first, true);
    await refused(bytes, 'slide/corrupt');
    // "II*", offset 8, a directory of one field whose successor is itself.
    await refused(Uint8Array.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0, 1, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0]), 'slide/corrupt');
  });

  test('grids and tiles of absurd size', async () => {
    await refused(layOutTiff([image({ 256: 2 ** 31 - 1, 257: 2 ** 31 - 1 })]), 'slide/too-large');
    await refused(layOutTiff([image({ 256: 2 ** 32 - 1 })]), 'slide/corrupt');
    await refused(layOutTiff([image({ 256: 100_000, 257: 100_000 })]), 'slide/corrupt');
    await refused(layOutTiff([image({ 322: 0 })]), 'slide/corrupt');
    await refused(layOutTiff([image({ 322: 0, 323: 0 })]), 'slide/corrupt');
    await refused(layOutTiff([image({ 322: 65536, 323: 65536 })]), 'slide/too-large');
    await refused(layOutTiff([image({ 256: 0 })]), 'slide/corrupt');
    const strip = image({ 256: 40_000, 257: 40_000 });
    const fields = strip.fields.filter(({ tag }) => tag !== 322 && tag !== 323);
    await refused(layOutTiff([{ ...strip, fields, tiled: false }]), 'slide/too-large');
  });

  test('a field that claims more values than the file has bytes', async () => {
    const bytes = layOutTiff([image({})], { bigTiff: true });
    const view = new DataView(bytes.buffer);
    const first = Number(view.getBigUint64(8, true));
    for (let i = 0; i < Number(view.getBigUint64(first, true)); i++) {
      const at = first + 8 + i * 20;
      if (view.getUint16(at, true) === 324) view.setBigUint64(at + 4, 1n << 22n, true);
    }
    await refused(bytes, 'slide/truncated');
    view.setBigUint64(first, 1n << 40n, true);
    await refused(bytes, 'slide/corrupt');
    view.setBigUint64(8, 1n << 60n, true);
    await refused(bytes, 'slide/corrupt');
  });

  test('hundreds of directories that share one long description', async () => {
    const long = { tag: 270, type: 'ascii', values: 'x'.repeat(8 << 20) } as const;
    const short = { tag: 270, type: 'ascii', values: 'xxxxxxxx' } as const;
    const one = image({ 256: 16, 257: 16, 322: 16, 323: 16 }, [new Uint8Array(768)]);
    const bytes = layOutTiff(Array.from({ length: 300 }, (_, i) => ({ ...one, fields: [...one.fields, i === 0 ? long : short] })));
    const view = new DataView(bytes.buffer);
    let place: [number, number] | undefined;
    for (let at = view.getUint32(4, true); at !== 0; ) {
      const count = view.getUint16(at, true);
      for (let entry = at + 2; entry < at + 2 + count * 12; entry += 12) {
        if (view.getUint16(entry, true) !== 270) continue;
        place ??= [view.getUint32(entry + 4, true), view.getUint32(entry + 8, true)];
        view.setUint32(entry + 4, place[0], true);
        view.setUint32(entry + 8, place[1], true);
      }
      at = view.getUint32(at + 2 + count * 12, true);
    }
    const before = process.memoryUsage.rss();
    expect(await readAll(bytes)).toBe('valid');
    expect(process.memoryUsage.rss() - before).toBeLessThan(MEMORY);
  });

  test('more levels than any slide has', async () => {
    const levels = Array.from({ length: 200 }, (_, i) => image({ 256: 64 - (i === 0 ? 0 : 1), 257: 64 - (i === 0 ? 0 : 1) }));
    await refused(layOutTiff(levels), 'slide/too-large');
  });

  test('a tile longer than the file', async () => {
    const bytes = layOutTiff([image({})]);
    const view = new DataView(bytes.buffer);
    const first = view.getUint32(4, true);
    let length = 0;
    for (let i = 0; i < view.getUint16(first, true); i++) {
      const at = first + 2 + i * 12;
      if (view.getUint16(at, true) === 325) length = at + 8;
    }
    view.setUint32(length, 0xfffffff0, true);
    await refused(bytes, 'slide/corrupt-tile');
    view.setUint32(length, 20_000, true);
    await refused(bytes, 'slide/truncated');
  });

  test('streams that expand to far more than their tile', async () => {
    const zeros = deflateSync(new Uint8Array(80 << 20));
    await refused(layOutTiff([image({ 259: 8 }, [zeros])]), 'slide/corrupt-tile');
  });

  test('a JPEG of another size than its tile', async () => {
    const jpegs = await writeTiff({ levels: [pixels(64, 64)], tileSizePx: 64, jpegTables: 'in-tile' });
    const at = Buffer.from(jpegs).indexOf(Buffer.from([0xff, 0xc0, 0, 17, 8]));
    new DataView(jpegs.buffer).setUint32(at + 5, 0xfff0fff0);
    await refused(jpegs, 'slide/corrupt-tile');
  });

  test('files that are no slide', async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(7), new TextEncoder().encode('hello, this is text'), new Uint8Array(5000)]) {
      await refused(bytes, 'slide/unsupported-format');
    }
    await refused(Uint8Array.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]), 'slide/corrupt');
  });
});
