import { randomStream } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { testSlide } from '../fixtures/test-slide.js';
import { localEntropy } from './local-entropy.js';
import { resolveParameters } from './parameters.js';
import { parseProcessList } from './process-list.js';
import { segmentTissue } from './segment-tissue.js';
import type { TissueMethodName } from './tissue-methods.js';
import type { RgbPixels } from './types.js';

const [width, height] = [240, 160];
const box = { left: 60, top: 40, right: 180, bottom: 120 };

/** Glass with sensor noise, and one rectangle of tissue: its colour, and how much its pixels differ. */
function section(tissue: readonly [number, number, number] | null, spread = 4): RgbPixels {
  const random = randomStream(3, 'sections');
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = tissue !== null && x >= box.left && x < box.right && y >= box.top && y < box.bottom;
      const light = random.integer(inside ? 2 * spread + 1 : 7) - (inside ? spread : 3);
      for (let c = 0; c < 3; c++) data[(y * width + x) * 3 + c] = ((inside ? tissue : [240, 241, 239])[c] as number) + light;
    }
  }
  return { width, height, data };
}

async function boxFound(image: RgbPixels, method: TissueMethodName): Promise<number[] | null> {
  const slide = testSlide(image, { info: { width, height, levels: [{ width, height, downsample: 1 }] }, level: 0 });
  const { contours } = await segmentTissue(slide, await resolveParameters({ method, overrides: { a_t: 0.01, mthresh: 5 } }));
  if (contours.length === 0) return null;
  const xs = contours.flatMap(({ outer }) => Array.from(outer).filter((_, i) => i % 2 === 0));
  const ys = contours.flatMap(({ outer }) => Array.from(outer).filter((_, i) => i % 2 === 1));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function expectBox(found: number[] | null, within: number): void {
  for (const [i, edge] of [box.left, box.top, box.right, box.bottom].entries()) {
    expect(Math.abs((found?.[i] ?? Number.NaN) - edge)).toBeLessThanOrEqual(within);
  }
}

describe('tissue methods', () => {
  it('find what CLAM’s saturation does, where there is colour', async () => {
    const pink = section([220, 150, 190]);
    for (const method of ['saturation', 'otsu', 'brightness'] as const) expectBox(await boxFound(pink, method), 2);
  });

  it('by brightness find pale tissue that has no colour', async () => {
    const pale = section([214, 215, 213]);
    expect(await boxFound(pale, 'saturation')).toBeNull();
    expectBox(await boxFound(pale, 'brightness'), 2);
  });

  it('by entropy find tissue that is as bright as the glass', async () => {
    const hardlyStained = section([234, 235, 233], 18);
    expect(await boxFound(hardlyStained, 'saturation')).toBeNull();
    expectBox(await boxFound(hardlyStained, 'entropy'), 5);
  });

  it('find nothing on glass, nor in what scanners fill gaps with', async () => {
    const glass = section(null);
    glass.data.fill(255, 0, 30 * width * 3);
    for (const method of ['saturation', 'brightness', 'entropy'] as const) expect(await boxFound(glass, method)).toBeNull();
  });

  it('set their threshold over the preset and under what is given', async () => {
    expect(await resolveParameters({ preset: 'bwh_biopsy', method: 'entropy' })).toMatchObject({
      method: 'entropy',
      sthresh: 80,
      mthresh: 11,
    });
    expect(await resolveParameters({ method: 'entropy', overrides: { sthresh: 90 } })).toMatchObject({ sthresh: 90 });
    const rows = parseProcessList('slide_id,sthresh,method,preset\na,7,brightness,tcga\nb,,otsu,\n', 'l.csv');
    expect(rows[0]).toMatchObject({ preset: 'tcga', parameters: { method: 'brightness', sthresh: 7 } });
    expect(rows[1]).toMatchObject({ preset: undefined, parameters: { method: 'saturation', use_otsu: true } });
    expect(() => parseProcessList('slide_id,method\na,magic\n', 'l.csv')).toThrow('l.csv:2');
  });
});

describe('localEntropy', () => {
  it('equals a histogram of every window', () => {
    const random = randomStream(9, 'entropy');
    const [w, h] = [23, 17];
    const grey = Uint8Array.from({ length: w * h }, () => random.integer(60) + 100);
    const fast = localEntropy(grey, w, h);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const counts = new Map<number, number>();
        for (let dy = -3; dy <= 3; dy++) {
          for (let dx = -3; dx <= 3; dx++) {
            const at = Math.min(h - 1, Math.max(0, y + dy)) * w + Math.min(w - 1, Math.max(0, x + dx));
            const bin = (grey[at] as number) >> 2;
            counts.set(bin, (counts.get(bin) ?? 0) + 1);
          }
        }
        const bits = [...counts.values()].reduce((sum, n) => sum - (n / 49) * Math.log2(n / 49), 0);
        expect(Math.abs((fast[y * w + x] as number) - 32 * bits)).toBeLessThanOrEqual(0.5001);
      }
    }
  });
});
