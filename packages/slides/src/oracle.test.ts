import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openSlide } from './open-slide.js';

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
}

const slides = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../shared/data/slides');
const present = existsSync(join(slides, 'oracle.json'));
const oracle: Record<string, OracleSlide> = present ? JSON.parse(readFileSync(join(slides, 'oracle.json'), 'utf8')) : {};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const meanOf = (data: Uint8Array): number[] =>
  [0, 1, 2].map((c) => data.reduce((sum, value, i) => (i % 3 === c ? sum + value : sum), 0) / (data.length / 3));

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

  test.each(['test3-DAPI-2-387.ndpi', 'CMU-1-Small-Region-dicom/level-0-frames-0-30.dcm'])('%s is refused by name', async (name) => {
    await expect(openSlide(join(slides, name))).rejects.toMatchObject({ code: 'slide/unsupported-format' });
  });
});
