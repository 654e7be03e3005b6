import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  aperioDescription,
  encodeZstd,
  halve,
  layOutTiff,
  madeUpPicture as picture,
  type TiffField,
  type WriteTiffOptions,
  writeTiff,
} from '@slidestream/testing/tiff';
import { afterAll, describe, expect, test } from 'vitest';
import { expandZstd } from './codecs/zstd.js';
import { decodeJpeg } from './jpeg/decode-jpeg.js';
import { openSlide } from './open-slide.js';
import { readRegionAtMpp } from './read-region-at-mpp.js';
import { resizeRgb } from './resize-rgb.js';
import type { OpenSlideOptions, Slide } from './slide.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-slides-'));
afterAll(() => rmSync(folder, { recursive: true }));

const base = picture(300, 211);
const small = halve(base);
const ZSTD_OF_RAMP =
  'KLUv/WQALz0OANQXAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJCgoKCwsLDAwMDQ0NDg4ODw8PEBAQEREREhISExMTFBQUFRUVFhYWFxcXGBgYGRkZGhoaGxsbHBwcHR0dHh4eHx8fICAgISEhIiIiIyMjJCQkJSUlJiYmJycnKCgoKSkpKioqKysrLCwsLS0tLi4uLy8vMDAwMTExMjIyMzMzNDQ0NTU1NjY2Nzc3ODg4OTk5Ojo6Ozs7PDw8PT09Pj4+Pz8/QEBAQUFBQkJCQ0NDRERERUVFRkZGR0dHSEhISUlJSkpKS0tLTExMTU1NTk5OT09PUFBQUVFRUlJSU1NTVFRUVVVVVlZWV1dXWFhYWVlZWlpaW1tbXFxcXV1dXl5eX19fYGBgYWFhYmJiY2NjZGRkZWVlZmZmZ2dnaGhoaWlpampqa2trbGxsbW1tbm5ub29vcHBwcXFxcnJyc3NzdHR0dXV1dnZ2d3d3eHh4eXl5enp6e3t7fHx8fX19fn5+P6QR6O//Z+C3Ays6nU6n0+l0Op1Op9PpdDqdTken0+l0Op1Op9PpdDqdTqfT6eh0dDqdTqfT6XQ6nU6n0+l0OjpdmIA6YKoCJvaHcA==';
let files = 0;

async function openBytes(bytes: Uint8Array, options: OpenSlideOptions = {}): Promise<Slide> {
  const path = join(folder, `slide-${files++}.tif`);
  writeFileSync(path, bytes);
  return openSlide(path, options);
}

async function openWritten(options: Partial<WriteTiffOptions>, open: OpenSlideOptions = {}): Promise<Slide> {
  return openBytes(await writeTiff({ levels: [base, small], tileSizePx: 64, ...options }), open);
}

async function wholeLevel(slide: Slide, level = 0): Promise<Uint8Array> {
  const { width, height } = slide.info.levels[level] as (typeof slide.info.levels)[number];
  return (await slide.readRegion({ level, x: 0, y: 0, width, height })).data;
}

const maxDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe('containers', () => {
  const containers = (['little', 'big'] as const).flatMap((endian) => [false, true].map((bigTiff) => ({ endian, bigTiff })));
  const codecs = [
    { compression: 'none' },
    { compression: 'packbits' },
    { compression: 'lzw' },
    { compression: 'lzw', predictor: 2 },
    { compression: 'deflate' },
    { compression: 'deflate', predictor: 2 },
    { compression: 'zstd' },
    { compression: 'zstd', predictor: 2, planar: true },
    { compression: 'lzw', predictor: 2, planar: true },
    { compression: 'none', planar: true },
  ] as const;

  test.each(containers)('lossless codecs give back every pixel of every level: %o', async (container) => {
    for (const codec of codecs) {
      for (const shape of [{}, { rowsPerStrip: 50 }]) {
        await using slide = await openWritten({ ...container, ...codec, ...shape });
        expect(slide.info.levels.map(({ compression }) => compression)).toEqual([codec.compression, codec.compression]);
        expect(same(await wholeLevel(slide), base.data)).toBe(true);
        expect(same(await wholeLevel(slide, 1), small.data)).toBe(true);
      }
    }
  });

  test.each(containers)('JPEG gives the pixels of its own tiles: %o', async (container) => {
    for (const variant of [{ jpegTables: 'shared' }, { jpegTables: 'in-tile' }, { chromaSubsampling: '4:4:4', jpegQuality: 95 }] as const) {
      await using slide = await openWritten({ ...container, ...variant });
      const raw = await slide.readRawTile(0, 1, 2);
      const tile = await decodeJpeg(raw?.bytes as Uint8Array);
      const region = await slide.readRegion({ level: 0, x: 64, y: 128, width: 64, height: 64 });
      expect(same(tile.data, region.data)).toBe(true);
      expect(maxDifference(await wholeLevel(slide), base.data)).toBeLessThan('jpegQuality' in variant ? 24 : 140);
    }
  });

  test('JPEG strips, the last one shorter', async () => {
    await using slide = await openWritten({ rowsPerStrip: 64, jpegQuality: 95, chromaSubsampling: '4:4:4' });
    expect(slide.info.levels[0]).toMatchObject({ tileWidth: 300, tileHeight: 64 });
    expect(maxDifference(await wholeLevel(slide), base.data)).toBeLessThan(24);
    expect(await slide.readRawTile(0, 0, 0)).toBeNull();
  });

  test('Zstandard: the old code, a frame of another size, one cut short, and one that real compressors write', async () => {
    const old = (): TiffField[] => [{ tag: 259, type: 'short', values: [34926] }];
    await using slide = await openWritten({ compression: 'zstd', fields: old });
    expect(same(await wholeLevel(slide), base.data)).toBe(true);
    const sound = encodeZstd(picture(64, 64).data);
    // "zstd -19" of the 64 × 64 pixels of value x + y, with a content size, compressed blocks and a checksum.
    const real = Buffer.from(ZSTD_OF_RAMP, 'base64');
    const ramp = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (Math.trunc(i / 3) % 64) + Math.trunc(i / 192));
    expect(same(expandZstd(real, ramp.length), ramp)).toBe(true);
    for (const [bytes, length] of [
      [sound, 64 * 64 * 3 - 1],
      [sound, 64 * 64 * 3 + 1],
      [sound.subarray(0, 4000), 64 * 64 * 3],
      [real.subarray(0, 50), ramp.length],
      [real, ramp.length - 1],
      [new Uint8Array(40), 64],
    ] as const) {
      expect(() => expandZstd(bytes, length)).toThrowError(expect.objectContaining({ code: 'slide/corrupt-tile' }));
    }
  });

  test('BigTIFF whose directories and tiles lie beyond 4 GiB', async () => {
    for (const endian of ['little', 'big'] as const) {
      const gapBytes = 5 * 2 ** 30;
      const bytes = await writeTiff({
        levels: [base, small],
        tileSizePx: 64,
        compression: 'deflate',
        subIfds: true,
        bigTiff: true,
        endian,
        gapBytes,
      });
      const path = join(folder, `far-${endian}.tif`);
      // The gap takes no space on disk.
      const file = openSync(path, 'w');
      writeSync(file, bytes, 0, 16, 0);
      writeSync(file, bytes, 16, bytes.length - 16, 16 + gapBytes);
      closeSync(file);
      await using slide = await openSlide(path);
      expect(same(await wholeLevel(slide), base.data)).toBe(true);
      expect(same(await wholeLevel(slide, 1), small.data)).toBe(true);
      rmSync(path);
    }
  });

  test('levels in SubIFDs', async () => {
    await using slide = await openWritten({ compression: 'lzw', subIfds: true });
    expect(slide.info.levels.map(({ width }) => width)).toEqual([300, 150]);
    expect(same(await wholeLevel(slide, 1), small.data)).toBe(true);
  });
});

describe('JPEG 2000', () => {
  const field = (tag: number, ...values: number[]): TiffField => ({ tag, type: 'long', values });
  const fieldsOf = (compression: number, photometric: number): TiffField[] => [
    ...[field(256, 64), field(257, 64), { tag: 258, type: 'short', values: [8, 8, 8] } as const, field(259, compression)],
    ...[field(262, photometric), field(277, 3), field(322, 64), field(323, 64)],
  ];

  async function encode(samples: Uint8Array): Promise<Uint8Array> {
    const codec = await createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/wasmjs')({ print: () => undefined });
    const encoder = new codec.J2KEncoder();
    encoder.getDecodedBuffer({ width: 64, height: 64, bitsPerSample: 8, componentCount: 3, isSigned: false }).set(samples);
    encoder.encode();
    return Uint8Array.from(encoder.getEncodedBuffer());
  }

  test('33005 holds RGB, 33003 YCbCr, whatever the photometric tag says', async () => {
    const rgb = picture(64, 64).data;
    const ycbcr = rgb.slice();
    for (let i = 0; i < rgb.length; i += 3) {
      const [r, g, b] = rgb.subarray(i, i + 3) as unknown as [number, number, number];
      ycbcr[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
      ycbcr[i + 1] = Math.round(128 - 0.168736 * r - 0.331264 * g + 0.5 * b);
      ycbcr[i + 2] = Math.round(128 + 0.5 * r - 0.418688 * g - 0.081312 * b);
    }
    const write = async (compression: number, samples: Uint8Array): Promise<Slide> =>
      openBytes(layOutTiff([{ fields: fieldsOf(compression, 2), chunks: [await encode(samples)], tiled: true }]));
    await using plain = await write(33005, rgb);
    expect(plain.info.levels[0]?.compression).toBe('jpeg2000');
    expect(same(await wholeLevel(plain), rgb)).toBe(true);
    await using converted = await write(33003, ycbcr);
    expect(maxDifference(await wholeLevel(converted), rgb)).toBeLessThanOrEqual(2);
  });

  test('a stream of another size than its tile, or cut off, is refused', async () => {
    const whole = await encode(picture(64, 64).data);
    const wider = whole.slice();
    wider[11] = 65;
    for (const chunk of [wider, whole.subarray(0, 300), whole.subarray(0, 40), new Uint8Array(100)]) {
      await using slide = await openBytes(layOutTiff([{ fields: fieldsOf(33005, 2), chunks: [chunk], tiled: true }]));
      await expect(wholeLevel(slide)).rejects.toMatchObject({ code: 'slide/corrupt-tile' });
    }
    await using after = await openBytes(layOutTiff([{ fields: fieldsOf(33005, 2), chunks: [whole], tiled: true }]));
    expect(same(await wholeLevel(after), picture(64, 64).data)).toBe(true);
  });
});

describe('what a slide says of itself', () => {
  test('Aperio: levels apart from thumbnail, label and macro', async () => {
    const [thumbnail, label, macro] = [picture(90, 60), picture(40, 50), picture(120, 30)];
    const description = aperioDescription({ width: 300, height: 211, mpp: 0.5, objective: 20 });
    await using slide = await openWritten({ description, associated: { thumbnail, label, macro } });
    expect(slide.info).toMatchObject({ vendor: 'aperio', objective: 20, mpp: { x: 0.5, y: 0.5, source: 'tag' } });
    expect(slide.info.levels.map(({ width, height }) => [width, height])).toEqual([
      [300, 211],
      [150, 105],
    ]);
    expect(slide.info.levels[1]?.downsample).toBe((2 + 211 / 105) / 2);
    expect(slide.info.associated).toEqual([
      { name: 'thumbnail', width: 90, height: 60 },
      { name: 'label', width: 40, height: 50 },
      { name: 'macro', width: 120, height: 30 },
    ]);
    expect(same((await slide.readAssociated('label')).data, label.data)).toBe(true);
    await expect(slide.readAssociated('barcode')).rejects.toMatchObject({ code: 'slide/no-such-image', category: 'usage' });
  });

  test('mpp: from the resolution, unknown, or given', async () => {
    await using measured = await openWritten({ resolutionMpp: 0.25 });
    expect(measured.info.mpp).toMatchObject({ source: 'resolution' });
    expect(measured.info.mpp?.x).toBeCloseTo(0.25, 6);
    await using unknown = await openWritten({});
    expect(unknown.info.mpp).toBeNull();
    await using given = await openWritten({ resolutionMpp: 0.25 }, { mpp: 0.5 });
    expect(given.info.mpp).toEqual({ x: 0.5, y: 0.5, source: 'given' });
    await using aperio = await openWritten({ resolutionMpp: 0.25, description: aperioDescription(base) });
    expect(aperio.info.mpp).toBeNull();
  });
});

describe('regions', () => {
  test('past the borders they are white', async () => {
    await using slide = await openWritten({ compression: 'none' });
    const { data } = await slide.readRegion({ level: 0, x: -10, y: 200, width: 20, height: 20 });
    const pixel = (x: number, y: number): number[] => [...data.subarray((y * 20 + x) * 3, (y * 20 + x) * 3 + 3)];
    expect(pixel(9, 5)).toEqual([255, 255, 255]);
    expect(pixel(12, 11)).toEqual([255, 255, 255]);
    expect(pixel(12, 10)).toEqual([...base.data.subarray((210 * 300 + 2) * 3, (210 * 300 + 2) * 3 + 3)]);
    const outside = await slide.readRegion({ level: 1, x: 5000, y: -5000, width: 8, height: 8 });
    expect(outside.data.every((value) => value === 255)).toBe(true);
  });

  test('above level 0 they start at the exact offset, interpolated', async () => {
    await using slide = await openWritten({ compression: 'none' });
    const downsample = slide.info.levels[1]?.downsample as number;
    const { data } = await slide.readRegion({ level: 1, x: 101, y: 73, width: 30, height: 30 });
    const at = (x: number, y: number, channel: number): number => small.data[(y * 150 + x) * 3 + channel] as number;
    const [left, top] = [Math.floor(101 / downsample), Math.floor(73 / downsample)];
    const [fx, fy] = [101 / downsample - left, 73 / downsample - top];
    for (let y = 0; y < 30; y++) {
      for (let x = 0; x < 30; x++) {
        const upper = at(left + x, top + y, 0) * (1 - fx) + at(left + x + 1, top + y, 0) * fx;
        const lower = at(left + x, top + y + 1, 0) * (1 - fx) + at(left + x + 1, top + y + 1, 0) * fx;
        expect(Math.abs((data[(y * 30 + x) * 3] as number) - (upper * (1 - fy) + lower * fy))).toBeLessThanOrEqual(1.5);
      }
    }
  });

  test('at the place of a whole pixel of its level a region holds the stored pixels', async () => {
    await using slide = await openWritten({ compression: 'none' });
    const downsample = slide.info.levels[1]?.downsample as number;
    const { data } = await slide.readRegion({ level: 1, x: 0, y: 41 * downsample, width: 150, height: 30 });
    expect(same(data, small.data.subarray(41 * 150 * 3, 71 * 150 * 3))).toBe(true);
  });

  test('a tile that the file does not hold is an error, or white when asked', async () => {
    const missing = [{ level: 0, tile: 1 }];
    await using strict = await openWritten({ compression: 'none', missing });
    await expect(strict.readRegion({ level: 0, x: 60, y: 0, width: 10, height: 10 })).rejects.toMatchObject({
      code: 'slide/missing-tile',
      where: { level: 0, x: 64, y: 0 },
    });
    await expect(strict.readRegion({ level: 0, x: 0, y: 0, width: 64, height: 64 })).resolves.toBeDefined();
    await using lenient = await openWritten({ compression: 'none', missing }, { missingTiles: 'white' });
    expect(lenient.info.levels.map((level) => level.missingTiles)).toEqual([1, 0]);
    expect(lenient.countMissing({ level: 0, x: 60, y: 0, width: 10, height: 10 })).toBe(1);
    expect(strict.countMissing({ level: 0, x: 0, y: 0, width: 64, height: 64 })).toBe(0);
    const { data, missingTiles } = await lenient.readRegion({ level: 0, x: 60, y: 0, width: 8, height: 1 });
    expect(missingTiles).toBe(1);
    expect([...data.subarray(12)]).toEqual(new Array(12).fill(255));
    expect([...data.subarray(0, 12)]).toEqual([...base.data.subarray(180, 192)]);
  });

  test('at a physical scale they come from the coarsest level that is as fine', async () => {
    await using slide = await openWritten({
      compression: 'none',
      resolutionMpp: 0.5,
      levels: [picture(300, 210), halve(picture(300, 210))],
    });
    const asked = { x: 40, y: 20, width: 50, height: 60 };
    const native = await readRegionAtMpp(slide, { ...asked, mpp: 0.5 });
    expect(same(native.data, (await slide.readRegion({ ...asked, level: 0 })).data)).toBe(true);
    const halved = await readRegionAtMpp(slide, { ...asked, mpp: 1 });
    expect(same(halved.data, (await slide.readRegion({ ...asked, level: 1 })).data)).toBe(true);
    const between = await readRegionAtMpp(slide, { ...asked, mpp: 0.75 });
    const wider = await slide.readRegion({ ...asked, width: 75, height: 90, level: 0 });
    expect(same(between.data, resizeRgb(wider, 50, 60).data)).toBe(true);
    await using unknown = await openWritten({});
    await expect(readRegionAtMpp(unknown, { ...asked, mpp: 0.5 })).rejects.toMatchObject({ code: 'slide/no-mpp' });
  });

  test('requests that make no sense are usage errors', async () => {
    await using slide = await openWritten({});
    const region = { level: 0, x: 0, y: 0, width: 1, height: 1 };
    for (const wrong of [
      { level: 2 },
      { level: -1 },
      { x: Number.POSITIVE_INFINITY },
      { width: 0 },
      { height: -3 },
      { width: 1e6, height: 1e6 },
      { y: Number.NaN },
    ]) {
      await expect(slide.readRegion({ ...region, ...wrong })).rejects.toMatchObject({ code: 'slide/bad-region', category: 'usage' });
    }
  });

  test('an aborted signal stops it, a closed slide refuses it', async () => {
    const slide = await openWritten({ tileSizePx: 16, compression: 'deflate' });
    const stop = new AbortController();
    const reading = slide.readRegion({ level: 0, x: 0, y: 0, width: 300, height: 211, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toMatchObject({ code: 'slide/aborted', category: 'stopped' });
    await slide.close();
    await slide.close();
    await expect(wholeLevel(slide)).rejects.toMatchObject({ code: 'slide/closed' });
  });

  test('closed while it is being read it ends typed', async () => {
    const slide = await openWritten({ tileSizePx: 16, compression: 'none' });
    const readings = Array.from({ length: 8 }, (_, i) => slide.readRegion({ level: 0, x: i * 30, y: 0, width: 200, height: 200 }));
    const closing = slide.close();
    for (const { status, ...rest } of await Promise.allSettled(readings)) {
      if (status === 'rejected') expect(rest).toMatchObject({ reason: { code: 'slide/closed' } });
    }
    await closing;
  });
});

test('many regions at a time through a cache of two tiles, each in memory of the caller', async () => {
  await using slide = await openWritten({}, { cacheBytes: 2 * 64 * 64 * 3 });
  const whole = await wholeLevel(slide);
  const { width } = slide.info;
  const read = async (index: number): Promise<void> => {
    const [x, y] = [(index * 37) % 200, (index * 53) % 111];
    const out = new Uint8Array(100 * 100 * 3 + 5);
    const { data } = await slide.readRegion({ level: 0, x, y, width: 100, height: 100, out });
    expect(data.buffer).toBe(out.buffer);
    for (let line = 0; line < 100; line++) {
      const start = ((y + line) * width + x) * 3;
      expect(Buffer.compare(data.subarray(line * 300, line * 300 + 300), whole.subarray(start, start + 300))).toBe(0);
    }
  };
  for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 20 }, (_, i) => read(round * 20 + i)));
  const small = slide.readRegion({ level: 0, x: 0, y: 0, width: 10, height: 10, out: new Uint8Array(299) });
  await expect(small).rejects.toMatchObject({ code: 'slide/bad-region' });
});
