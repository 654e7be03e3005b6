import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cutTiles, halve, madeUpPicture, type TiffPixels, type WriteDicomOptions, writeDicom } from '@slidestream/testing/tiff';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { findSlides } from '../find-slides.js';
import { decodeJpeg } from '../jpeg/decode-jpeg.js';
import { openSlide } from '../open-slide.js';
import type { Slide } from '../slide.js';

const root = mkdtempSync(join(tmpdir(), 'slidestream-dicom-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

/** Writes files into a folder of their own and names it. */
function folderOf(files: Readonly<Record<string, Uint8Array>>): string {
  const folder = join(root, `series-${folders++}`);
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

async function open(options: WriteDicomOptions): Promise<Slide> {
  return openSlide(join(folderOf({ 'a.dcm': writeDicom(options) }), 'a.dcm'), { reader: 'dicom' });
}

async function whole(slide: Slide, level = 0): Promise<Uint8Array> {
  const { width, height } = slide.info.levels[level] as (typeof slide.info.levels)[number];
  return (await slide.readRegion({ level, x: 0, y: 0, width, height })).data;
}

const SIDE = 64;
const base = madeUpPicture(300, 211);
const small = halve(base);
const tilesOf = (pixels: TiffPixels): Uint8Array[] => cutTiles(pixels, SIDE).map(({ data }) => data);
const sizes = ({ width, height }: TiffPixels): { width: number; height: number; tileWidth: number; tileHeight: number } => ({
  ...{ width, height },
  ...{ tileWidth: SIDE, tileHeight: SIDE },
});
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const maxDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

function toYcbcr(rgb: Uint8Array): Uint8Array {
  const out = new Uint8Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const [r, g, b] = rgb.subarray(i, i + 3) as unknown as [number, number, number];
    out[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    out[i + 1] = Math.round(128 - 0.168736 * r - 0.331264 * g + 0.5 * b);
    out[i + 2] = Math.round(128 + 0.5 * r - 0.418688 * g - 0.081312 * b);
  }
  return out;
}

const toPlanes = (rgb: Uint8Array): Uint8Array =>
  Buffer.concat([0, 1, 2].map((c) => Uint8Array.from({ length: rgb.length / 3 }, (_, i) => rgb[i * 3 + c] as number)));

async function toJpeg(data: Uint8Array, chromaSubsampling: '4:2:0' | '4:4:4' = '4:2:0'): Promise<Uint8Array> {
  return sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .jpeg({ quality: 95, chromaSubsampling, optimiseCoding: false })
    .toBuffer();
}

async function toCodestream(samples: Uint8Array): Promise<Uint8Array> {
  const codec = await createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/wasmjs')({ print: () => undefined });
  const encoder = new codec.J2KEncoder();
  encoder.getDecodedBuffer({ width: SIDE, height: SIDE, bitsPerSample: 8, componentCount: 3, isSigned: false }).set(samples);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}

describe('uncompressed', () => {
  test('explicit and implicit types, lengths and delimiters, samples and planes, RGB and YCbCr', async () => {
    const frames = tilesOf(base);
    for (const storage of ['explicit', 'implicit'] as const) {
      for (const undefinedLengths of [false, true]) {
        const plain = { ...sizes(base), storage, undefinedLengths, mpp: [0.25, 0.26], objective: 40 } as const;
        await using slide = await open({ ...plain, frames });
        expect(slide.info).toMatchObject({
          vendor: 'dicom',
          width: 300,
          height: 211,
          objective: 40,
          reader: { name: 'slidestream-dicom' },
        });
        expect(slide.info.mpp?.x).toBeCloseTo(0.25, 9);
        expect(slide.info.mpp?.y).toBeCloseTo(0.26, 9);
        expect(slide.info.levels[0]).toMatchObject({ compression: 'none', tileWidth: SIDE, missingTiles: 0 });
        expect(same(await whole(slide), base.data)).toBe(true);
        await using planes = await open({ ...plain, frames: frames.map(toPlanes), planarConfiguration: 1 });
        expect(same(await whole(planes), base.data)).toBe(true);
      }
    }
    await using converted = await open({ ...sizes(base), frames: frames.map(toYcbcr), photometric: 'YBR_FULL' });
    expect(maxDifference(await whole(converted), base.data)).toBeLessThanOrEqual(2);
    const grey = frames.map((frame) => Uint8Array.from({ length: SIDE * SIDE }, (_, i) => frame[i * 3] as number));
    await using single = await open({ ...sizes(base), frames: grey, photometric: 'MONOCHROME2', samples: 1 });
    expect(
      same(
        await whole(single),
        base.data.map((_, i) => base.data[i - (i % 3)] as number),
      ),
    ).toBe(true);
  });

  test('frames that are not all there lie where the file says; the rest is white and counted', async () => {
    const frames = tilesOf(base);
    const kept = [7, 0, 12];
    const positions = kept.map((i) => [(i % 5) * SIDE, Math.floor(i / 5) * SIDE] as const);
    for (const undefinedLengths of [false, true]) {
      await using slide = await open({ ...sizes(base), frames: kept.map((i) => frames[i] as Uint8Array), positions, undefinedLengths });
      expect(slide.info.levels[0]?.missingTiles).toBe(17);
      for (let i = 0; i < 15; i++) {
        const [column, row] = [i % 5, Math.floor(i / 5)];
        const [width, height] = [Math.min(SIDE, 300 - column * SIDE), Math.min(SIDE, 211 - row * SIDE)];
        const region = await slide.readRegion({ level: 0, x: column * SIDE, y: row * SIDE, width, height });
        const there = kept.includes(i);
        expect(region.missingTiles).toBe(there ? undefined : 1);
        const pixel = [...region.data.subarray(0, 3)];
        expect(pixel).toEqual(there ? [...(frames[i] as Uint8Array).subarray(0, 3)] : [255, 255, 255]);
      }
    }
  });

  test('positions off the grid, outside, twice, or missing are refused', async () => {
    const [frame] = tilesOf(base) as [Uint8Array];
    const cases = [
      [[[1, 0]], 'slide/unsupported-layout'],
      [[[640, 0]], 'slide/corrupt'],
      [
        [
          [0, 0],
          [0, 0],
        ],
        'slide/unsupported-layout',
      ],
    ] as const;
    for (const [positions, code] of cases) {
      await expect(open({ ...sizes(base), frames: positions.map(() => frame), positions })).rejects.toMatchObject({ code });
    }
    const unplaced = { tag: 0x00209311, vr: 'CS', value: 'TILED_SPARSE' };
    await expect(open({ ...sizes(base), frames: [frame], changes: [unplaced] })).rejects.toMatchObject({ code: 'slide/corrupt' });
  });
});

describe('JPEG', () => {
  test('frames by basic, extended and no offset table, whole or in parts, closed or not', async () => {
    const jpegs = await Promise.all(tilesOf(base).map((tile) => toJpeg(tile)));
    const expected = await Promise.all(jpegs.map(async (jpeg) => (await decodeJpeg(jpeg)).data));
    for (const variant of [
      {},
      { offsetTable: 'extended' },
      { offsetTable: 'none' },
      { fragments: 3 },
      { fragments: 3, offsetTable: 'none' },
      { offsetTable: 'none', closed: false },
      { closed: false },
    ] as const) {
      await using slide = await open({ ...sizes(base), frames: jpegs, storage: 'jpeg', photometric: 'YBR_FULL_422', ...variant });
      for (const i of [0, 6, 19]) {
        const [column, row] = [i % 5, Math.floor(i / 5)];
        const raw = await slide.readRawTile(0, column, row);
        expect(same((await decodeJpeg(raw?.bytes as Uint8Array)).data, expected[i] as Uint8Array)).toBe(true);
      }
      const { data } = await slide.readRegion({ level: 0, x: SIDE, y: SIDE, width: SIDE, height: SIDE });
      expect(same(data, expected[6] as Uint8Array)).toBe(true);
    }
  });

  test('the stream says the colour where it does, the tag where it does not', async () => {
    const [tile] = tilesOf(madeUpPicture(SIDE, SIDE)) as [Uint8Array];
    const silent = withoutMarkers(await toJpeg(tile, '4:4:4'));
    const jfif = Buffer.concat([silent.subarray(0, 2), Buffer.from('ffe000104a46494600010100000100010000', 'hex'), silent.subarray(2)]);
    const { data: expected } = await decodeJpeg(jfif);
    const one = { width: SIDE, height: SIDE, tileWidth: SIDE, tileHeight: SIDE, storage: 'jpeg' } as const;
    await using tagged = await open({ ...one, frames: [jfif], photometric: 'RGB' });
    expect(same(await whole(tagged), expected)).toBe(true);
    await using ycbcr = await open({ ...one, frames: [silent], photometric: 'YBR_FULL_422' });
    expect(same(await whole(ycbcr), expected)).toBe(true);
    await using rgb = await open({ ...one, frames: [silent], photometric: 'RGB' });
    // Y, Cb and Cr are shown as red, green and blue: what such a tag over such a stream says.
    expect(maxDifference(await whole(rgb), toYcbcr(expected))).toBeLessThanOrEqual(3);
  });
});

/** Without the segments by which a JPEG says its colour. */
function withoutMarkers(jpeg: Uint8Array): Uint8Array {
  const parts = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at + 1] !== 0xda) {
    const end = at + 2 + (((jpeg[at + 2] as number) << 8) | (jpeg[at + 3] as number));
    if ((jpeg[at + 1] as number) < 0xe0 || (jpeg[at + 1] as number) > 0xef) parts.push(jpeg.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...parts, jpeg.subarray(at)]);
}

describe('JPEG 2000', () => {
  test('samples as they are, whatever transform the tag names', async () => {
    const picture = madeUpPicture(SIDE, SIDE);
    const one = { width: SIDE, height: SIDE, tileWidth: SIDE, tileHeight: SIDE, storage: 'jpeg2000' } as const;
    const rgb = await toCodestream(picture.data);
    for (const photometric of ['RGB', 'YBR_RCT', 'YBR_ICT']) {
      await using slide = await open({ ...one, frames: [rgb], photometric });
      expect(same(await whole(slide), picture.data)).toBe(true);
    }
  });
});

describe('a series', () => {
  const fileOf = (pixels: TiffPixels, instance: string, more: Partial<WriteDicomOptions> = {}): Uint8Array =>
    writeDicom({ ...sizes(pixels), frames: tilesOf(pixels), mpp: [0.5, 0.5], instance, ...more });
  const label = madeUpPicture(60, 40);
  const asOne = (pixels: TiffPixels): Partial<WriteDicomOptions> => ({
    tileWidth: pixels.width,
    tileHeight: pixels.height,
    frames: [pixels.data],
  });

  test('levels, label, macro and thumbnail from any of its files, copies and others left alone', async () => {
    const folder = folderOf({
      'a.dcm': fileOf(small, '1.1'),
      'b.dcm': fileOf(base, '1.2'),
      'b-copy.dcm': fileOf(base, '1.2'),
      'c.dcm': fileOf(label, '1.3', { ...asOne(label), flavour: 'LABEL' }),
      'd.dcm': fileOf(label, '1.4', { ...asOne(label), flavour: 'OVERVIEW' }),
      'e.dcm': fileOf(label, '1.5', { ...asOne(label), flavour: 'LOCALIZER' }),
      'other.dcm': fileOf(base, '2.1', { series: '9.9' }),
      'notes.txt': new TextEncoder().encode('no DICOM'),
    });
    await using slide = await openSlide(join(folder, 'c.dcm'));
    expect(slide.info.levels.map(({ width, height }) => [width, height])).toEqual([
      [300, 211],
      [150, 105],
    ]);
    expect(same(await whole(slide), base.data)).toBe(true);
    expect(same(await whole(slide, 1), small.data)).toBe(true);
    expect(slide.info.associated).toEqual([
      { name: 'label', width: 60, height: 40 },
      { name: 'macro', width: 60, height: 40 },
    ]);
    expect(same((await slide.readAssociated('label')).data, label.data)).toBe(true);
    await expect(openSlide(folder)).rejects.toMatchObject({ code: 'slide/unsupported-format', hint: expect.stringContaining('series') });
  });

  test('parts of a concatenation are one image; a part that is absent is missing, not white', async () => {
    const frames = tilesOf(base);
    const part = (from: number, to: number, instance: string): Uint8Array =>
      fileOf(base, instance, { frames: frames.slice(from, to), concatenation: { uid: '5.5', frameOffset: from } });
    const folder = folderOf({ 'z.dcm': part(0, 8, '1.1'), 'y.dcm': part(8, 20, '1.2') });
    await using slide = await openSlide(folder);
    expect(same(await whole(slide), base.data)).toBe(true);
    const torn = folderOf({ 'z.dcm': part(0, 8, '1.1') });
    await using half = await openSlide(torn);
    expect(half.info.levels[0]?.missingTiles).toBe(12);
    await expect(whole(half)).rejects.toMatchObject({ code: 'slide/missing-tile' });
    await using white = await openSlide(torn, { missingTiles: 'white' });
    expect((await white.readRegion({ level: 0, x: 0, y: 0, width: 300, height: 211 })).missingTiles).toBe(12);
  });

  test('is one slide when folders are searched', async () => {
    const folder = folderOf({ 'a.dcm': fileOf(small, '1.1'), 'b.dcm': fileOf(base, '1.2') });
    expect(await findSlides([folder])).toEqual([{ id: folder.split('/').at(-1), path: folder }]);
    writeFileSync(join(folder, 'c.dcm'), fileOf(base, '2.1', { series: '9.9' }));
    writeFileSync(join(folder, 'd.dcm'), 'not DICOM at all');
    expect((await findSlides([folder])).map(({ id }) => id)).toEqual(['a', 'c', 'd']);
  });

  test('files beside it that cannot be read are named', async () => {
    const folder = folderOf({ 'a.dcm': fileOf(base, '1.1'), 'b.dcm': fileOf(small, '1.2').subarray(0, 500) });
    await using slide = await openSlide(join(folder, 'a.dcm'));
    expect(slide.info.properties['slidestream.unreadable']).toBe('b.dcm');
  });
});

describe('what cannot be read is refused by name', () => {
  const plain = { ...sizes(base), frames: tilesOf(base) };
  test.each([
    ['slide/unsupported-compression', { storage: { transferSyntax: '1.2.840.10008.1.2.4.80' } }],
    ['slide/unsupported-compression', { storage: { transferSyntax: '1.2.840.10008.1.2.2' } }],
    ['slide/unsupported-format', { changes: [{ tag: 0x00080016, vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.2' }] }],
    ['slide/unsupported-layout', { changes: [{ tag: 0x00280100, vr: 'US', value: Uint8Array.of(16, 0) }] }],
    ['slide/unsupported-layout', { changes: [{ tag: 0x00480302, vr: 'UL', value: Uint8Array.of(3, 0, 0, 0) }] }],
    ['slide/unsupported-layout', { changes: [{ tag: 0x00480303, vr: 'UL', value: Uint8Array.of(2, 0, 0, 0) }] }],
    ['slide/corrupt', { changes: [{ tag: 0x00480006, vr: 'UL', value: Uint8Array.of(0, 0, 0, 0) }] }],
    ['slide/corrupt', { changes: [{ tag: 0x00280008, vr: 'IS', value: '21' }] }],
    [
      'slide/too-large',
      {
        changes: [
          { tag: 0x00280010, vr: 'US', value: Uint8Array.of(255, 255) },
          { tag: 0x00280011, vr: 'US', value: Uint8Array.of(255, 255) },
        ],
      },
    ],
    [
      'slide/too-large',
      {
        changes: [
          { tag: 0x00480006, vr: 'UL', value: Uint8Array.of(255, 255, 255, 127) },
          { tag: 0x00480007, vr: 'UL', value: Uint8Array.of(255, 255, 255, 127) },
        ],
      },
    ],
  ] as const)('%s %#', async (code, more) => {
    await expect(open({ ...plain, ...more })).rejects.toMatchObject({ name: 'SlidestreamError', code, category: 'data' });
  });

  test('a file that is cut anywhere', async () => {
    const bytes = writeDicom({ ...plain, undefinedLengths: true });
    for (const length of [133, 150, 400, 700, 1000, bytes.length - 100_000]) {
      const folder = folderOf({ 'a.dcm': bytes.subarray(0, length) });
      await expect(openSlide(join(folder, 'a.dcm'), { reader: 'dicom' })).rejects.toMatchObject({
        name: 'SlidestreamError',
        category: 'data',
      });
    }
  });
});
