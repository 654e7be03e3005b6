import { isSlidestreamError } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { testSlide } from '../fixtures/test-slide.js';
import { resolveScale, type ScaleLimits } from './tile-scale.js';
import type { TileScale, TilingSlide } from './types.js';

const pyramid = [1, 4, 16].map((downsample) => ({ width: 8000 / downsample, height: 4000 / downsample, downsample }));
const image = { width: 1, height: 1, data: new Uint8Array(3) };
const slideWith = (mpp: number | null, objective: number | null, levels = pyramid): TilingSlide =>
  testSlide(image, { info: { width: 8000, height: 4000, levels, objective, mpp: mpp === null ? null : { x: mpp, y: mpp } }, level: 0 });
const at = (kind: 'mpp' | 'level' | 'magnification', value: number, tileSizePx = 256, stepPx?: number): TileScale => ({
  tileSizePx,
  stepPx,
  at: kind === 'mpp' ? { kind, mpp: value } : kind === 'level' ? { kind, level: value } : { kind, magnification: value },
});
function codeOf(slide: TilingSlide, scale: TileScale, limits?: ScaleLimits): string {
  try {
    resolveScale(slide, scale, limits);
    return 'fine';
  } catch (error) {
    return isSlidestreamError(error) ? error.code : String(error);
  }
}

describe('resolveScale', () => {
  it('by level takes CLAM’s factor, cut to a whole number', () => {
    const odd = [pyramid[0]!, { width: 3200, height: 1600, downsample: 2.5 }];
    expect(resolveScale(slideWith(0.25, 40, odd), at('level', 1, 256, 128))).toEqual({
      level: 1,
      downsample: 2.5,
      readSizePx: 256,
      tileSizePx: 256,
      sizeLevel0Px: 512,
      stepLevel0Px: 256,
      mpp: 0.625,
    });
  });

  it('by mpp reads the coarsest level that is fine enough, at the size that covers the tile', () => {
    const slide = slideWith(0.25, 40);
    expect(resolveScale(slide, at('mpp', 0.25))).toMatchObject({ level: 0, readSizePx: 256, sizeLevel0Px: 256, mpp: 0.25 });
    expect(resolveScale(slide, at('mpp', 0.5))).toMatchObject({ level: 0, readSizePx: 512, sizeLevel0Px: 512, stepLevel0Px: 512 });
    expect(resolveScale(slide, at('mpp', 1))).toMatchObject({ level: 1, readSizePx: 256, sizeLevel0Px: 1024 });
    expect(resolveScale(slide, at('mpp', 2, 224, 112))).toMatchObject({ level: 1, readSizePx: 448, sizeLevel0Px: 1792, stepLevel0Px: 896 });
    expect(resolveScale(slide, at('mpp', 8))).toMatchObject({ level: 2, readSizePx: 512 });
  });

  it('reads a level within the tolerance as it is, and says the scale that the tile then has', () => {
    const slide = slideWith(0.2528, 40);
    expect(resolveScale(slide, at('mpp', 1))).toMatchObject({
      level: 1,
      readSizePx: 256,
      tileSizePx: 256,
      sizeLevel0Px: 1024,
      mpp: 1.0112,
    });
    expect(resolveScale(slideWith(0.499, 20), at('mpp', 0.5))).toMatchObject({ level: 0, readSizePx: 256, mpp: 0.499 });
    expect(resolveScale(slide, at('mpp', 1), { tolerance: 0 })).toMatchObject({ level: 0, readSizePx: 1013, sizeLevel0Px: 1013, mpp: 1 });
    expect(resolveScale(slideWith(0.26, 40), at('mpp', 1))).toMatchObject({ level: 0, readSizePx: 985, mpp: 1 });
    expect(resolveScale(slideWith(0.26, 40), at('mpp', 1), { tolerance: 0.05 })).toMatchObject({ level: 1, readSizePx: 256, mpp: 1.04 });
    expect(codeOf(slide, at('mpp', 1), { tolerance: 0.7 })).toBe('tiling/bad-scale');
  });

  it('refuses to resample where only native levels are asked for', () => {
    expect(resolveScale(slideWith(0.25, 40), at('mpp', 1), { nativeOnly: true }).level).toBe(1);
    expect(codeOf(slideWith(0.25, 40), at('mpp', 0.5), { nativeOnly: true })).toBe('tiling/no-native-level');
    expect(codeOf(slideWith(0.26, 40), at('mpp', 1), { nativeOnly: true })).toBe('tiling/no-native-level');
  });

  it('covers the same tissue on a copy of half the resolution', () => {
    const fine = resolveScale(slideWith(0.25, 40), at('mpp', 1));
    const coarse = resolveScale(slideWith(0.5, 20, [{ width: 4000, height: 2000, downsample: 1 }]), at('mpp', 1));
    expect(fine.sizeLevel0Px * 0.25).toBe(coarse.sizeLevel0Px * 0.5);
  });

  it('by magnification goes by the objective, else by 10 µm/px at 1×', () => {
    expect(resolveScale(slideWith(0.2325, 40), at('magnification', 20))).toMatchObject({ level: 0, readSizePx: 512 });
    expect(resolveScale(slideWith(0.25, null), at('magnification', 10))).toMatchObject({ level: 1, readSizePx: 256, mpp: 1 });
    expect(resolveScale(slideWith(null, 40), at('magnification', 10))).toMatchObject({ level: 1, mpp: null });
    expect(codeOf(slideWith(0.25, 10), at('magnification', 10))).toBe('tiling/scale-contradiction');
  });

  it('never guesses what a slide does not say', () => {
    expect(codeOf(slideWith(null, 40), at('mpp', 0.5))).toBe('tiling/mpp-unknown');
    expect(codeOf(slideWith(null, null), at('magnification', 20))).toBe('tiling/magnification-unknown');
    expect(resolveScale(slideWith(null, null), at('level', 0)).mpp).toBeNull();
  });

  it('refuses scales that show no tissue structure, or more than the slide has, unless told', () => {
    expect(codeOf(slideWith(352.8, null), at('level', 0))).toBe('tiling/too-coarse');
    expect(codeOf(slideWith(0.25, 40), at('mpp', 21))).toBe('tiling/too-coarse');
    expect(codeOf(slideWith(0.25, 40), at('mpp', 21), { allowCoarse: true })).toBe('fine');
    expect(codeOf(slideWith(0.5, 20), at('mpp', 0.25))).toBe('tiling/too-fine');
    expect(resolveScale(slideWith(0.5, 20), at('mpp', 0.25), { allowUpsampling: true }).readSizePx).toBe(128);
  });

  it('refuses sizes and levels that are none', () => {
    expect(codeOf(slideWith(0.25, 40), at('level', 3))).toBe('tiling/no-such-level');
    expect(codeOf(slideWith(0.25, 40), at('level', 0, 0))).toBe('tiling/bad-scale');
    expect(codeOf(slideWith(0.25, 40), at('level', 0, 256, 0.5))).toBe('tiling/bad-scale');
    expect(codeOf(slideWith(0.25, 40), at('mpp', -1))).toBe('tiling/bad-scale');
    const info = { width: 8000, height: 4000, levels: pyramid, mpp: { x: 0.25, y: 0.5 } };
    expect(codeOf(testSlide(image, { info, level: 0 }), at('mpp', 1))).toBe('tiling/pixels-not-square');
  });
});
