import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@slidestream/core';
import { readFeatures } from '@slidestream/formats';
import { type EmbedFrom, embedSlides, packTiles, tileSlides } from '@slidestream/pipelines';
import { writeSyntheticCohort } from '@slidestream/testing';
import { resolveParameters } from '@slidestream/tiling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const scale = { tileSizePx: 32, at: { kind: 'mpp', mpp: 2 } } as const;
const encoders = [
  { name: 'r18', inputSizePx: 32 },
  { name: 'efficientnet-lite0', inputSizePx: 64 },
];

describe('embedSlides', () => {
  let folder: string;
  let from: Record<'store' | 'coords' | 'grid', EmbedFrom>;
  const at = (name: string): string => join(folder, name);
  const context = { logger: silentLogger, onProgress: () => undefined, signal: new AbortController().signal };
  const embed = (source: EmbedFrom, out: string, asked = encoders, tilesPerChunk = 5) =>
    embedSlides({ from: source, encoders: asked, out: at(out), format: 'h5', tilesPerChunk }, context);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slidestream-embed-'));
    await writeSyntheticCohort(folder, { seed: 2, slides: { train: 2, val: 0, test: 0 }, widthPx: 1024, heightPx: 768, downsamples: [4] });
    const slides = [at('slides')];
    const parameters = await resolveParameters({ overrides: { a_t: 0 } });
    await tileSlides({ slides, out: at('tiles'), scales: new Map([['low', scale]]), parameters, pictures: false }, context);
    await packTiles({ coords: at('tiles'), slides, store: at('tiles.lmdb'), jpegQuality: 100, workers: 1 }, context);
    from = {
      store: { store: at('tiles.lmdb') },
      coords: { slides, tiles: { coords: at('tiles') } },
      grid: { slides, tiles: { scale, parameters } },
    };
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives from slides what a store gives, up to JPEG, in the same order', async () => {
    await embed(from.store, 'by-store');
    await embed(from.coords, 'by-coords');
    for (const { name } of encoders) {
      const [stored, direct] = await Promise.all(['by-store', 'by-coords'].map((out) => readFeatures(join(at(out), name, 'SYN-001.h5'))));
      expect(stored?.count).toBeGreaterThan(10);
      expect(direct?.coords).toEqual(stored?.coords);
      const [a, b] = [stored?.features ?? new Float32Array(), direct?.features ?? new Float32Array()];
      const size = Math.hypot(...a);
      expect(Math.hypot(...a.map((value, i) => value - (b[i] as number))) / size, name).toBeLessThan(0.05);
      // Rows belong to their tiles: another order is farther off than JPEG is.
      const dim = stored?.dim ?? 1;
      expect(Math.hypot(...a.map((value, i) => value - (b[(i + dim) % b.length] as number))) / size, name).toBeGreaterThan(0.05);
    }
  });

  it('gives the same bytes by laid coordinates and by laying them now, by encoders together and alone, in any portion', async () => {
    const { encoders: done, tiles } = await embed(from.grid, 'together');
    expect(done.map(({ name }) => name)).toEqual(['r18', 'efficientnet-lite0']);
    expect(tiles).toBeGreaterThan(20);
    for (const one of encoders) {
      await embed(from.coords, `alone-${one.name}`, [one], 64);
      for (const slide of ['SYN-000', 'SYN-001']) {
        const [together, alone] = await Promise.all(
          [join(at('together'), one.name), at(`alone-${one.name}`)].map((out) => readFeatures(join(out, `${slide}.h5`))),
        );
        expect(alone?.coords).toEqual(together?.coords);
        const far = Math.max(...(alone?.features ?? [1]).map((value, i) => Math.abs(value - (together?.features[i] as number))));
        expect(far).toBeLessThan(1e-4);
      }
    }
  });

  it('goes on where it stopped: only what an encoder lacks is made', async () => {
    await embed(from.coords, 'stopped');
    const kept = join(at('stopped'), 'r18', 'SYN-000.h5');
    const before = { bytes: readFileSync(kept), time: statSync(kept).mtimeMs };
    const lost = join(at('stopped'), 'efficientnet-lite0', 'SYN-000.h5');
    rmSync(lost);
    expect(await embed(from.coords, 'stopped')).toMatchObject({ slides: 2, skipped: 1 });
    expect(existsSync(lost)).toBe(true);
    expect({ bytes: readFileSync(kept), time: statSync(kept).mtimeMs }).toEqual(before);
  });

  it('shares a folder among workers: each slide is one’s', async () => {
    const one = encoders.slice(0, 1);
    const both = await Promise.all([1, 2].map(() => embed(from.coords, 'shared', one)));
    for (const { slides, failures } of both) expect([slides, failures]).toEqual([2, []]);
    expect(both.map(({ slides, skipped }) => slides - skipped).reduce((sum, n) => sum + n)).toBe(2);
    await embed(from.coords, 'single', one);
    for (const slide of ['SYN-000', 'SYN-001']) {
      const [shared, single] = await Promise.all(['shared', 'single'].map((out) => readFeatures(join(at(out), `${slide}.h5`))));
      expect(shared).toEqual(single);
    }
  });

  it('lists a slide that was not tiled, and refuses a scale that is not there', async () => {
    rmSync(join(at('tiles'), 'patches', 'SYN-001.h5'));
    const { slides, failures } = await embed(from.coords, 'left-out', [{ name: 'r18', inputSizePx: 32 }]);
    expect(slides).toBe(1);
    expect(failures.map(({ slide, error }) => [slide, error.code])).toEqual([['SYN-001', 'embed/no-coords']]);
    const wrong = { slides: [at('slides')], tiles: { coords: at('tiles'), scale: 'high' } };
    await expect(embed(wrong, 'wrong')).rejects.toThrow(/no scale "high".*It has low/);
    expect(existsSync(at('wrong'))).toBe(false);
  });
});
