import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { layOutTiff, type TiffDirectory, type TiffField, writeTiff } from '@slidestream/testing/tiff';
import { afterAll, describe, expect, test } from 'vitest';
import { readAll } from './testing/read-all.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MEMORY = 512 << 20;

/** What comes of opening a file and reading a part of everything in it. */
async function readBytes(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'hostile.svs');
  writeFileSync(path, bytes);
  return readAll(path, 'auto');
}

function pixels(width: number, height: number): { width: number; height: number; data: Uint8Array } {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31 + (i >> 6)) & 255) };
}

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
    expect(await readBytes(bytes)).toBe(code);
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(64 << 20);
  };

  test('the plain image is sound', async () => {
    expect(await readBytes(layOutTiff([image({})]))).toBe('valid');
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
    expect(await readBytes(bytes)).toBe('valid');
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
