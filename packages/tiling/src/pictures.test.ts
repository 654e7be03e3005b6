import { describe, expect, it } from 'vitest';
import { testSlide } from '../fixtures/test-slide.js';
import { toGeoJson } from './geo-json.js';
import { defaultParameters } from './parameters.js';
import { alignedRows, readLevel } from './read-level.js';
import { renderMask } from './render-mask.js';
import { renderStitch } from './render-stitch.js';
import { readThumbnail } from './thumbnail.js';
import type { SlideTissue } from './types.js';

const width = 64;
const height = 48;
const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 251);
const levels = [{ width, height, downsample: 1 }];
const slide = () => testSlide({ width, height, data }, { info: { width, height, levels }, level: 0 });
const ring = (left: number, top: number, right: number, bottom: number) =>
  Int32Array.of(left, top, right, top, right, bottom, left, bottom);
const tissue: SlideTissue = {
  contours: [{ outer: ring(8, 8, 40, 40), holes: [ring(16, 16, 24, 24)] }],
  segmentationLevel: 0,
  parameters: { ...defaultParameters, line_thickness: 1 },
};
const pixel = (image: { width: number; data: Uint8Array }, x: number, y: number) =>
  Array.from(image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3));

describe('readThumbnail', () => {
  it('gives a small level as it is', async () => {
    const thumbnail = await readThumbnail(slide(), 0);
    expect(thumbnail.data).toEqual(data);
    expect(thumbnail.scale).toEqual({ x: 1, y: 1 });
  });

  it('shrinks a large one to the mean of squares, whatever the strips', async () => {
    const { width: w, height: h, data: small, scale } = await readThumbnail(slide(), 0, { maxPixels: 1000 });
    expect([w, h, scale]).toEqual([32, 24, { x: 2, y: 2 }]);
    const mean = (x: number, y: number, c: number): number => {
      const at = (dx: number, dy: number) => data[((2 * y + dy) * width + 2 * x + dx) * 3 + c] as number;
      return Math.round((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4);
    };
    expect(pixel({ width: w, data: small }, 5, 7)).toEqual([mean(5, 7, 0), mean(5, 7, 1), mean(5, 7, 2)]);
  });
});

describe('readLevel', () => {
  it('reads in bounded strips that are together the level', async () => {
    const source = slide();
    const parts: number[] = [];
    for await (const { strip } of readLevel(source, 0, { stripPixels: 640 })) parts.push(...strip.data);
    expect(Uint8Array.from(parts)).toEqual(data);
    expect(source.reads.length).toBe(5);
    expect(Math.max(...source.reads.map((read) => read.width * read.height))).toBeLessThanOrEqual(640);
  });

  it('starts strips at whole level-0 pixels where there are such', () => {
    expect(alignedRows(1000, { height: 5000, downsample: 2.5, step: 1 })).toBe(1000);
    expect(alignedRows(999, { height: 5000, downsample: 2.5, step: 1 })).toBe(998);
  });
});

describe('renderMask', () => {
  it('draws outlines green and holes blue on the tissue', async () => {
    const mask = await renderMask(await readThumbnail(slide(), 0), tissue);
    expect(pixel(mask, 8, 20)).toEqual([0, 255, 0]);
    expect(pixel(mask, 16, 20)).toEqual([0, 0, 255]);
    expect(pixel(mask, 30, 30)).toEqual(pixel({ width, data }, 30, 30));
  });

  it('scales the line with the picture', async () => {
    const thick = { ...tissue, parameters: { ...tissue.parameters, line_thickness: 6 } };
    const mask = await renderMask(await readThumbnail(slide(), 0, { maxPixels: 1000 }), thick);
    expect([3, 4, 5, 7].map((x) => pixel(mask, x, 10)[1] === 255 && pixel(mask, x, 10)[0] === 0)).toEqual([true, true, true, false]);
  });
});

describe('renderStitch', () => {
  it('shows the tiles on black and cuts them at the border', async () => {
    const thumbnail = await readThumbnail(slide(), 0);
    const grid = {
      coords: Int32Array.of(0, 0, 56, 40),
      level: 0,
      downsample: 1,
      readSizePx: 16,
      tileSizePx: 16,
      sizeLevel0Px: 16,
      mpp: null,
    };
    const stitch = renderStitch(thumbnail, grid);
    expect(pixel(stitch, 15, 15)).toEqual(pixel({ width, data }, 15, 15));
    expect(pixel(stitch, 16, 15)).toEqual([0, 0, 0]);
    expect(pixel(stitch, 63, 47)).toEqual(pixel({ width, data }, 63, 47));
    expect(pixel(stitch, 0, 41)).toEqual([0, 0, 0]);
  });
});

describe('toGeoJson', () => {
  it('gives polygons with holes as inner closed rings', () => {
    const [feature] = toGeoJson(tissue).features;
    expect(feature?.geometry).toEqual({
      type: 'Polygon',
      coordinates: [
        [
          [8, 8],
          [40, 8],
          [40, 40],
          [8, 40],
          [8, 8],
        ],
        [
          [16, 16],
          [24, 16],
          [24, 24],
          [16, 24],
          [16, 16],
        ],
      ],
    });
    expect(feature?.properties).toMatchObject({ objectType: 'annotation', tissue_id: 0, measurements: { areaPx: 32 * 32 - 64 } });
    expect(feature?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(toGeoJson(tissue)).toEqual(toGeoJson(tissue));
  });
});
