import { isSlidestreamError } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { blobImage, testSlide } from '../fixtures/test-slide.js';
import { loadOpenCv, withMats } from './opencv.js';
import { defaultParameters } from './parameters.js';
import { saturationOf } from './saturation.js';
import { resolveLevels, segmentTissue } from './segment-tissue.js';
import type { RgbPixels } from './types.js';

/** White with one pink rectangle that has one white rectangle in it. */
function framed(): RgbPixels {
  const data = new Uint8Array(200 * 100 * 3).fill(240);
  for (let y = 20; y < 80; y++) {
    for (let x = 30; x < 150; x++) {
      if (x < 60 || x >= 100 || y < 40 || y >= 60) data.set([220, 150, 190], (y * 200 + x) * 3);
    }
  }
  return { width: 200, height: 100, data };
}

const parameters = { ...defaultParameters, mthresh: 1, close: 0, a_t: 0, a_h: 0 };
const info = {
  width: 800,
  height: 400,
  levels: [
    { width: 800, height: 400, downsample: 1 },
    { width: 200, height: 100, downsample: 4 },
  ],
};

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isSlidestreamError(error) ? error.code : String(error);
}

describe('segmentTissue', () => {
  it('finds a rectangle and its hole in level-0 pixels', async () => {
    const slide = testSlide(framed(), { info, level: 1 });
    const { contours, segmentationLevel } = await segmentTissue(slide, { ...parameters, seg_level: 1 });
    expect(segmentationLevel).toBe(1);
    expect(contours.length).toBe(1);
    const corners = (ring: Int32Array): number[] => {
      const xs = Array.from(ring).filter((_, i) => i % 2 === 0);
      const ys = Array.from(ring).filter((_, i) => i % 2 === 1);
      return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    };
    expect(corners(contours[0]!.outer)).toEqual([120, 80, 596, 316]);
    // OpenCV outlines a hole by the tissue around it.
    expect(corners(contours[0]!.holes[0]!)).toEqual([236, 156, 400, 240]);
  });

  it('gives one result whether the level is read whole or in strips', async () => {
    const image = blobImage(400, 300, 5);
    const levels = [{ width: 400, height: 300, downsample: 1 }];
    const whole = await segmentTissue(testSlide(image, { info: { width: 400, height: 300, levels }, level: 0 }), parameters);
    expect(whole.contours.length).toBeGreaterThan(0);
    const saturation = new Uint8Array(400 * 300);
    for (let top = 0; top < 300; top += 70) {
      saturationOf(image.data.subarray(top * 1200, Math.min(300, top + 70) * 1200), saturation, top * 400);
    }
    const once = new Uint8Array(400 * 300);
    saturationOf(image.data, once);
    expect(saturation).toEqual(once);
  });

  it('finds nothing on glass, and says so by an empty list', async () => {
    const glass = { width: 200, height: 100, data: new Uint8Array(200 * 100 * 3).fill(240) };
    const { contours } = await segmentTissue(testSlide(glass, { info, level: 1 }), { ...parameters, seg_level: 1 });
    expect(contours).toEqual([]);
  });

  it('refuses a level of more than 1e8 pixels before it reads', async () => {
    const levels = [{ width: 20_000, height: 5_001, downsample: 1 }];
    const slide = testSlide(framed(), { info: { width: 20_000, height: 5_001, levels }, level: 0 });
    expect(await codeOf(segmentTissue(slide, parameters))).toBe('tiling/level-too-large');
    expect(slide.reads).toEqual([]);
  });

  it('names wrong levels, contours and values', async () => {
    const slide = testSlide(framed(), { info, level: 1 });
    expect(await codeOf(segmentTissue(slide, { ...parameters, seg_level: 2 }))).toBe('tiling/no-such-level');
    expect(await codeOf(segmentTissue(slide, { ...parameters, seg_level: 1, keep_ids: [3] }))).toBe('tiling/no-such-contour');
    expect(await codeOf(segmentTissue(slide, { ...parameters, mthresh: 4 }))).toBe('tiling/bad-parameter');
  });

  it('keeps and leaves out contours by number', async () => {
    const image = blobImage(400, 300, 5);
    const slide = testSlide(image, { info: { width: 400, height: 300, levels: [{ width: 400, height: 300, downsample: 1 }] }, level: 0 });
    const all = (await segmentTissue(slide, parameters)).contours;
    expect(all.length).toBeGreaterThan(1);
    expect((await segmentTissue(slide, { ...parameters, keep_ids: [1, 0] })).contours).toEqual(all.slice(0, 2));
    expect((await segmentTissue(slide, { ...parameters, exclude_ids: [0] })).contours).toEqual(all.slice(1));
  });
});

describe('resolveLevels', () => {
  it('takes the best level for downsample 64 as OpenSlide does', () => {
    const level = (downsample: number) => ({ width: 6400 / downsample, height: 6400 / downsample, downsample });
    const best = (...downsamples: number[]): number => {
      const slide = testSlide(framed(), { info: { width: 6400, height: 6400, levels: downsamples.map(level) }, level: 0 });
      return resolveLevels(slide, parameters).seg_level;
    };
    expect(best(1)).toBe(0);
    expect(best(1, 4, 16)).toBe(2);
    expect(best(1, 4, 64, 128)).toBe(2);
    expect(best(1, 4, 64.01)).toBe(1);
    expect(best(1, 100)).toBe(0);
  });
});

describe('saturationOf', () => {
  it("equals OpenCV's for every pair of largest and smallest channel", async () => {
    const { cv } = await loadOpenCv();
    const rgb = new Uint8Array(256 * 256 * 3);
    for (let high = 0; high < 256; high++) {
      for (let low = 0; low <= high; low++) rgb.set([high, low, (high + low) >> 1], (high * 256 + low) * 3);
    }
    const ours = new Uint8Array(256 * 256);
    saturationOf(rgb, ours);
    withMats((keep) => {
      const image = keep(new cv.Mat(256, 256, cv.CV_8UC3));
      image.data.set(rgb);
      const hsv = keep(new cv.Mat());
      cv.cvtColor(image, hsv, cv.COLOR_RGB2HSV);
      const theirs = (hsv.data as Uint8Array).filter((_, i) => i % 3 === 1);
      expect(ours).toEqual(Uint8Array.from(theirs));
    });
  });
});

describe('loadOpenCv', () => {
  it('leaves no listeners for uncaught errors behind', async () => {
    await loadOpenCv();
    const names = ['uncaughtException', 'unhandledRejection'].flatMap((event) => process.listeners(event as 'uncaughtException'));
    expect(names.filter((listener) => String(listener).includes('ExitStatus') || listener.name === 'abort')).toEqual([]);
  });
});
