import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { randomStream } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { blobImage, testSlide } from '../fixtures/test-slide.js';
import { gridTiles } from './grid-tiles.js';
import { defaultParameters } from './parameters.js';
import { segmentTissue } from './segment-tissue.js';
import type { TilingParameters } from './types.js';

const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
const hasCv2 = spawnSync(python, ['-c', 'import cv2, numpy']).status === 0;
if (!hasCv2) process.stderr.write(`skipped: ${python} has no cv2, so there is no second opinion on tiles\n`);

describe.skipIf(!hasCv2)('tiles against the same rule in Python', () => {
  it('agree in order for random parameters, levels and sizes', async () => {
    const random = randomStream(17, 'clam rule');
    const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)] as T;
    const cases = Array.from({ length: 24 }, (_, i) => {
      const image = blobImage(300, 240, i);
      const levels = [
        { width: 1203, height: 961, downsample: 4.006 },
        { width: 300, height: 240, downsample: 4.006 },
      ].map((level) => ({ ...level, downsample: (1203 / level.width + 961 / level.height) / 2 }));
      const parameters: TilingParameters = {
        ...defaultParameters,
        seg_level: 1,
        sthresh: pick([8, 15, 30]),
        mthresh: pick([1, 3, 7, 11]),
        close: pick([0, 1, 2, 4, 7]),
        use_otsu: random.uniform() < 0.3,
        a_t: pick([0, 0.01, 0.1]),
        a_h: pick([0, 0.001, 0.01]),
        max_n_holes: pick([0, 1, 2, 8]),
        use_padding: random.uniform() < 0.5,
        contour_fn: pick(['four_pt', 'four_pt_hard', 'center', 'basic'] as const),
        keep_ids: [],
        exclude_ids: pick([[], [0]]),
      };
      return { image, levels, parameters, patch: pick([17, 32, 33, 64]), step: pick([16, 25, 32]), level: pick([0, 1]) };
    });
    const input = {
      cases: cases.map(({ image, levels, ...rest }) => ({
        ...rest,
        width: 1203,
        height: 961,
        levels: levels.map(({ width, height }) => [width, height]),
        segWidth: image.width,
        segHeight: image.height,
        rgb: Buffer.from(image.data).toString('base64'),
      })),
    };
    const script = fileURLToPath(new URL('../fixtures/clam_rule.py', import.meta.url));
    const answer = spawnSync(python, [script], { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 2 ** 28 });
    expect(answer.stderr).toBe('');
    const expected = JSON.parse(answer.stdout) as { contours: number; holes: number; coords: number[][] }[];
    for (const [i, { image, levels, parameters, patch, step, level }] of cases.entries()) {
      const slide = testSlide(image, { info: { width: 1203, height: 961, levels }, level: 1 });
      const tissue = await segmentTissue(slide, parameters);
      const { coords } = gridTiles(slide, tissue, { tileSizePx: patch, stepPx: step, at: { kind: 'level', level } });
      expect(tissue.contours.length).toBe(expected[i]?.contours);
      expect(Array.from(coords)).toEqual(expected[i]?.coords.flat());
    }
    expect(expected.reduce((sum, { holes }) => sum + holes, 0)).toBeGreaterThan(10);
    expect(expected.reduce((sum, { coords }) => sum + coords.length, 0)).toBeGreaterThan(1000);
  });
});
