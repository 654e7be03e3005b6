import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decodeJpeg } from './jpeg/decode-jpeg.js';
import { openSlide } from './open-slide.js';
import type { Slide } from './slide.js';

interface OracleRegion {
  x0: number;
  y0: number;
  level: number;
  w: number;
  h: number;
  mean_rgb: number[];
  px00: number[];
  rgb_sha256: string;
}

interface OracleSlide {
  vendor?: string;
  level_dimensions?: [number, number][];
  subifd_level_dimensions?: [number, number][];
  level_downsamples?: number[];
  mpp_x?: string | null;
  objective_power?: string | null;
  associated?: Record<string, [number, number]>;
  tile_size_l0?: [string, string];
  regions?: OracleRegion[];
  mean?: number[];
  array_sha256?: string;
  frames_jfif?: { frame: number; mean_rgb: number[] }[];
}

const slides = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../shared/data/slides');
const present = existsSync(join(slides, 'oracle.json'));
const oracle: Record<string, OracleSlide> = present ? JSON.parse(readFileSync(join(slides, 'oracle.json'), 'utf8')) : {};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
function meanOf(data: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (let i = 0; i < data.length; i++) sums[i % 3] = (sums[i % 3] as number) + (data[i] as number);
  return sums.map((sum) => sum / (data.length / 3));
}

// Skipped with this line where the shared data is absent.
describe.skipIf(!present)('slides of ../shared/data/slides agree with oracle.json', () => {
  const readable = Object.entries(oracle).filter(([name, slide]) => slide.regions !== undefined && !name.endsWith('.ndpi'));

  test.each(readable)('%s: what OpenSlide says of it', async (name, expected) => {
    await using slide = await openSlide(join(slides, name));
    const { info } = slide;
    expect(info.vendor).toBe(expected.vendor);
    expect(info.mpp?.x ?? null).toBe(expected.mpp_x === null ? null : Number(expected.mpp_x));
    expect(info.objective).toBe(expected.objective_power === null ? null : Number(expected.objective_power));
    expect(info.levels.map(({ width, height }) => [width, height])).toEqual(expected.subifd_level_dimensions ?? expected.level_dimensions);
    expected.level_downsamples?.forEach((downsample, i) => {
      expect(info.levels[i]?.downsample).toBeCloseTo(downsample, 6);
    });
    expect([info.levels[0]?.tileWidth, info.levels[0]?.tileHeight].map(String)).toEqual(expected.tile_size_l0);
    expect(Object.fromEntries(info.associated.map(({ name, width, height }) => [name, [width, height]]))).toEqual(expected.associated);
    for (const { name, width, height } of info.associated) {
      const image = await slide.readAssociated(name);
      expect([image.width, image.height, image.data.length]).toEqual([width, height, width * height * 3]);
    }
  });

  test.each(readable)('%s: its pixels', async (name, expected) => {
    await using slide = await openSlide(join(slides, name));
    for (const region of expected.regions ?? []) {
      const { x0: x, y0: y, level, w: width, h: height } = region;
      const { data } = await slide.readRegion({ level, x, y, width, height });
      if (level === 0) expect(sha256(data)).toBe(region.rgb_sha256);
      const mean = meanOf(data);
      for (let channel = 0; channel < 3; channel++) {
        expect(Math.abs((mean[channel] as number) - (region.mean_rgb[channel] as number))).toBeLessThan(2);
        expect(Math.abs((data[channel] as number) - (region.px00[channel] as number))).toBeLessThanOrEqual(2);
      }
    }
  });

  test.each(Object.entries(oracle).filter(([, slide]) => slide.array_sha256 !== undefined))(
    '%s: all its pixels',
    async (name, expected) => {
      await using slide = await openSlide(join(slides, name));
      const { width, height } = slide.info;
      const { data } = await slide.readRegion({ level: 0, x: 0, y: 0, width, height });
      meanOf(data).forEach((mean, channel) => {
        expect(mean).toBeCloseTo(expected.mean?.[channel] as number, 1);
      });
      expect(sha256(data)).toBe(expected.array_sha256);
    },
  );

  test.each(['openslide_unopenable.tiff', 'openslide_unreadable.svs'])('%s ends in a typed error', async (name) => {
    const reading = async (): Promise<void> => {
      await using slide = await openSlide(join(slides, name));
      await slide.readRegion({ level: 0, x: 0, y: 0, width: slide.info.width, height: slide.info.height });
    };
    await expect(reading()).rejects.toMatchObject({ name: 'SlidestreamError', category: 'data' });
  });

  test('DICOM: levels as OpenSlide says, colours as the streams say', async () => {
    const name = 'CMU-1-Small-Region-dicom/level-0-frames-0-30.dcm';
    const expected = oracle[name] as OracleSlide;
    for (const path of [join(slides, name), join(slides, 'CMU-1-Small-Region-dicom')]) {
      await using slide = await openSlide(path);
      const { info } = slide;
      expect([info.vendor, info.reader.name, info.mpp?.x, info.mpp?.y]).toEqual(['dicom', 'slidestream-dicom', 0.499, 0.499]);
      expect(info.levels.map(({ width, height }) => [width, height])).toEqual(expected.level_dimensions);
      expected.level_downsamples?.forEach((downsample, i) => {
        expect(info.levels[i]?.downsample).toBeCloseTo(downsample, 6);
      });
      expect([info.levels[0]?.tileWidth, info.levels[0]?.tileHeight].map(String)).toEqual(expected.tile_size_l0);
    }
    await using slide = await openSlide(join(slides, name), { reader: 'dicom' });
    for (const { frame, mean_rgb } of expected.frames_jfif ?? []) {
      const [column, row] = [frame % 5, Math.floor(frame / 5)];
      const stored = await decodeJpeg((await slide.readRawTile(0, column, row))?.bytes as Uint8Array);
      meanOf(stored.data).forEach((mean, channel) => {
        expect(Math.abs(mean - (mean_rgb[channel] as number))).toBeLessThan(0.05);
      });
      const [width, height] = [Math.min(500, 2220 - column * 500), Math.min(500, 2967 - row * 500)];
      const { data } = await slide.readRegion({ level: 0, x: column * 500, y: row * 500, width, height });
      for (let line = 0; line < height; line++) {
        expect(
          Buffer.compare(
            data.subarray(line * width * 3, (line + 1) * width * 3),
            stored.data.subarray(line * 1500, line * 1500 + width * 3),
          ),
        ).toBe(0);
      }
    }
    // The level above shows the same picture.
    const small = await slide.readRegion({ level: 4, x: 0, y: 0, width: 138, height: 185 });
    const whole = await slide.readRegion({ level: 0, x: 0, y: 0, width: 2220, height: 2967 });
    const means = meanOf(whole.data);
    meanOf(small.data).forEach((mean, channel) => {
      expect(Math.abs(mean - (means[channel] as number))).toBeLessThan(2);
    });
  });

  test('NDPI: through OpenSlide, or refused with advice where that is absent', async (context) => {
    const path = join(slides, 'test3-DAPI-2-387.ndpi');
    const expected = oracle['test3-DAPI-2-387.ndpi'] as OracleSlide;
    await expect(openSlide(path, { reader: 'tiff' })).rejects.toMatchObject({ code: 'slide/unsupported-format' });
    let slide: Slide;
    try {
      slide = await openSlide(path);
    } catch (error) {
      expect(error).toMatchObject({ code: 'slide/unsupported-format', hint: expect.stringContaining('openslide-bin') });
      return context.skip('OpenSlide is absent: only the refusal was tested');
    }
    expect([slide.info.vendor, slide.info.reader.name, slide.info.mpp?.x, slide.info.objective]).toEqual([
      'hamamatsu',
      'openslide',
      Number(expected.mpp_x),
      Number(expected.objective_power),
    ]);
    expect(slide.info.levels.map(({ width, height }) => [width, height])).toEqual(expected.level_dimensions);
    for (const { x0: x, y0: y, level, w: width, h: height, rgb_sha256 } of expected.regions ?? []) {
      expect(sha256((await slide.readRegion({ level, x, y, width, height })).data)).toBe(rgb_sha256);
    }
    const macro = await slide.readAssociated('macro');
    expect([macro.width, macro.height, macro.data.length]).toEqual([1188, 406, 1188 * 406 * 3]);
    await slide.close();
  });
});
