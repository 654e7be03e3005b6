import { createRequire } from 'node:module';
import { isSlidestreamError, randomStream } from '@slidestream/core';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { encodeJpeg, encodePng } from '../encode-image.js';
import { isSafeForLibjpeg } from './checked-tables.js';
import { decodeJpeg } from './decode-jpeg.js';
import { decodeJpegsInto } from './decode-jpegs-into.js';
import { bindLibjpeg } from './libjpeg.js';
import { decodeWithSharp } from './sharp-jpeg.js';
import { completeJpeg, readJpegHeader } from './stream.js';
import { bindTurboJpeg } from './turbojpeg.js';

const koffi = createRequire(import.meta.url)('koffi');
const natives = Object.entries({ libjpeg: bindLibjpeg(koffi), TurboJPEG: bindTurboJpeg(koffi) });

function picture(width: number, height: number, seed = 1): { width: number; height: number; data: Uint8Array } {
  const random = randomStream('jpeg test', seed);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = 128 + 90 * Math.sin(i / (97 + seed)) + random.integer(24);
  return { width, height, data };
}

const raw = ({ width, height, data }: ReturnType<typeof picture>) => sharp(data, { raw: { width, height, channels: 3 } });
const pixelsOf = async (jpeg: Uint8Array): Promise<Buffer> => sharp(jpeg).toColourspace('srgb').raw().toBuffer();
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe('decodeJpeg', () => {
  test.each([
    ['4:2:0', { chromaSubsampling: '4:2:0' }],
    ['4:4:4', { chromaSubsampling: '4:4:4', quality: 97 }],
    ['optimised tables', { optimiseCoding: true }],
    ['progressive', { progressive: true }],
  ])('gives the pixels of libjpeg-turbo: %s', async (_, options) => {
    for (const [width, height] of [
      [256, 256],
      [17, 33],
      [1, 1],
    ] as const) {
      const jpeg = await raw(picture(width, height)).jpeg(options).toBuffer();
      const decoded = await decodeJpeg(jpeg);
      expect([decoded.width, decoded.height]).toEqual([width, height]);
      expect(same(decoded.data, await pixelsOf(jpeg))).toBe(true);
    }
  });

  test('grey becomes three equal channels', async () => {
    const jpeg = await raw(picture(40, 30)).greyscale().jpeg().toBuffer();
    expect(same((await decodeJpeg(jpeg)).data, await pixelsOf(jpeg))).toBe(true);
  });

  test('restart markers, and an end marker that is missing', async () => {
    const jpeg = await raw(picture(64, 64)).jpeg().toBuffer();
    expect(same((await decodeJpeg(jpeg.subarray(0, -2))).data, await pixelsOf(jpeg))).toBe(true);
  });

  test('a stream that is cut off or damaged is refused, never filled with grey', async () => {
    const jpeg = await raw(picture(64, 64)).jpeg({ quality: 90 }).toBuffer();
    await expect(decodeJpeg(jpeg.subarray(0, jpeg.length >> 1))).rejects.toMatchObject({ code: 'slide/corrupt-tile' });
    await expect(decodeJpeg(jpeg.subarray(0, 100))).rejects.toMatchObject({ code: 'slide/corrupt-tile' });
    await expect(decodeJpeg(new Uint8Array(0))).rejects.toMatchObject({ code: 'slide/corrupt-tile' });
    await expect(decodeJpeg(await raw(picture(8, 8)).png().toBuffer())).rejects.toMatchObject({ code: 'slide/corrupt-tile' });
  });

  test('1,500 mutations end typed or decoded', async () => {
    const sound = await raw(picture(48, 48)).jpeg().toBuffer();
    const scan = Buffer.from(sound).indexOf(Buffer.from([0xff, 0xda]));
    const outcomes = { decoded: 0, refused: 0 };
    for (let i = 0; i < 1500; i++) {
      const random = randomStream('mutated jpeg', i);
      const jpeg = Uint8Array.from(sound);
      // Headers first: they are what could make libjpeg give up.
      const length = random.integer(3) === 0 ? jpeg.length : scan + 14;
      for (let k = 0; k <= random.integer(4); k++) jpeg[2 + random.integer(length - 2)] = random.integer(256);
      try {
        await decodeJpeg(jpeg);
        outcomes.decoded++;
      } catch (error) {
        if (!isSlidestreamError(error)) throw error;
        outcomes.refused++;
      }
    }
    expect(Math.min(outcomes.decoded, outcomes.refused)).toBeGreaterThan(50);
  });
});

describe.each(natives)('%s through koffi', (_, native) => {
  // Skipped with this line where the system does not have the library.
  test.skipIf(native === null)('agrees with sharp in every byte', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const [width, height] = [16 + seed * 13, 20 + seed * 7];
      const jpeg = await raw(picture(width, height, seed))
        .jpeg({ quality: 50 + seed * 7, chromaSubsampling: seed % 2 === 0 ? '4:2:0' : '4:4:4' })
        .toBuffer();
      const header = readJpegHeader(jpeg);
      expect(isSafeForLibjpeg(header)).toBe(true);
      for (const colour of ['ycbcr', 'rgb'] as const) {
        const complete = completeJpeg(header, colour);
        const pixels = new Uint8Array(width * height * 3);
        expect(native?.decodeInto(complete, width, height, pixels)).toBe(true);
        expect(same(pixels, (await decodeWithSharp(complete, width, height)).data)).toBe(true);
      }
    }
  });

  test.skipIf(native === null)('encodes what sharp encodes, noise at full quality too', async () => {
    const random = randomStream('noise');
    const noise = { width: 200, height: 100, data: Uint8Array.from({ length: 60000 }, () => random.integer(256)) };
    for (const [image, quality] of [
      [picture(96, 64), 80],
      [noise, 100],
    ] as const) {
      const jpeg = native?.encode(image.data, image.width, image.height, quality) as Uint8Array;
      const bySharp = await raw(image).jpeg({ quality, chromaSubsampling: '4:2:0', optimiseCoding: false }).toBuffer();
      expect(same(await pixelsOf(jpeg), await pixelsOf(bySharp))).toBe(true);
    }
  });
});

describe('what reaches libjpeg', () => {
  test('a stream without one of its tables does not reach libjpeg', async () => {
    const jpeg = await raw(picture(32, 32)).jpeg({ optimiseCoding: false }).toBuffer();
    const header = readJpegHeader(jpeg);
    for (let left = 0; left < header.tables.length; left++) {
      const tables = header.tables.filter((_, i) => i !== left);
      expect(isSafeForLibjpeg({ ...header, tables })).toBe(false);
    }
  });
});

describe('encoding', () => {
  test('encodeJpeg is what Pillow writes: chroma halved, quality 80 by default', async () => {
    const image = picture(96, 64);
    const jpeg = await encodeJpeg(image);
    const header = readJpegHeader(jpeg);
    expect(header.components.map(({ horizontal, vertical }) => [horizontal, vertical])).toEqual([
      [2, 2],
      [1, 1],
      [1, 1],
    ]);
    const bySharp = await raw(image).jpeg({ quality: 80, optimiseCoding: false }).toBuffer();
    expect(same((await decodeJpeg(jpeg)).data, await pixelsOf(bySharp))).toBe(true);
    expect((await encodeJpeg(image, { quality: 30 })).length).toBeLessThan(jpeg.length);
    await expect(encodeJpeg(image, { quality: 0 })).rejects.toThrow(RangeError);
    await expect(encodeJpeg({ ...image, height: 65 })).rejects.toThrow(RangeError);
  });

  test('encodePng keeps every pixel', async () => {
    const image = picture(33, 21);
    expect(
      same(
        await sharp(await encodePng(image))
          .raw()
          .toBuffer(),
        image.data,
      ),
    ).toBe(true);
  });
});

describe('decodeJpegsInto', () => {
  test('puts tiles side by side', async () => {
    const images = [1, 2, 3].map((seed) => picture(32, 24, seed));
    const jpegs = await Promise.all(images.map((image) => encodeJpeg(image)));
    const out = new Uint8Array(3 * 32 * 24 * 3 + 7).fill(9);
    await decodeJpegsInto(jpegs, { width: 32, height: 24 }, out);
    for (const [i, jpeg] of jpegs.entries()) {
      expect(same(out.subarray(i * 2304, (i + 1) * 2304), (await decodeJpeg(jpeg)).data)).toBe(true);
    }
    expect([...out.subarray(3 * 2304)]).toEqual(new Array(7).fill(9));
  });

  test('refuses a tile of another size and too little room', async () => {
    const jpeg = await encodeJpeg(picture(32, 24));
    await expect(decodeJpegsInto([jpeg], { width: 32, height: 32 }, new Uint8Array(4000))).rejects.toMatchObject({
      code: 'slide/corrupt-tile',
    });
    await expect(decodeJpegsInto([jpeg], { width: 32, height: 24 }, new Uint8Array(100))).rejects.toThrow(RangeError);
  });
});
