import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomStream } from '@slidestream/core';
import { describe, expect, test } from 'vitest';
import { openSlide } from './open-slide.js';

const folder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../shared/data/slides');
const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
const SIDE = 70;

/** Prints the RGB bytes over white of the asked regions, one after another. */
const SCRIPT = `
import sys, json
import openslide
from PIL import Image
path, regions = sys.argv[1], json.loads(sys.argv[2])
slide = openslide.OpenSlide(path)
for x, y, level in regions:
    image = slide.read_region((x, y), level, (${SIDE}, ${SIDE}))
    white = Image.new('RGBA', image.size, (255, 255, 255, 255))
    sys.stdout.buffer.write(Image.alpha_composite(white, image).convert('RGB').tobytes())
`;

function hasOpenSlide(): boolean {
  try {
    execFileSync(python, ['-c', 'import openslide, PIL'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const files = ['CMU-1-Small-Region.svs', 'CMU-1-Small_trestle_like.tif', 'TCGA-CR-7395_generic_jpeg.tif', 'openslide_boxes.tiff'];

// Skipped with this line where Python has no openslide and Pillow, or the shared data is absent.
describe.skipIf(!existsSync(folder) || !hasOpenSlide())('random regions, past the borders too, beside OpenSlide itself', () => {
  test.each(files)('%s: the same at level 0, within 2 above', async (name) => {
    await using slide = await openSlide(join(folder, name));
    const { width, height, levels } = slide.info;
    const random = randomStream('openslide', name);
    const regions = levels.flatMap(({ index, downsample }) =>
      Array.from({ length: 12 }, () => {
        const margin = Math.ceil(SIDE * downsample);
        return [random.integer(width + margin) - margin, random.integer(height + margin) - margin, index] as const;
      }),
    );
    const theirs = execFileSync(python, ['-c', SCRIPT, join(folder, name), JSON.stringify(regions)], { maxBuffer: 1 << 28 });
    for (const [i, [x, y, level]] of regions.entries()) {
      const { data } = await slide.readRegion({ level, x, y, width: SIDE, height: SIDE });
      const theirData = theirs.subarray(i * data.length, (i + 1) * data.length);
      const most = data.reduce((largest, value, at) => Math.max(largest, Math.abs(value - (theirData[at] as number))), 0);
      expect(most, `level ${level} at ${x}, ${y}`).toBeLessThanOrEqual(level === 0 ? 0 : 2);
    }
  });
});
