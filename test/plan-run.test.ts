import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig, type RunConfig, runSchema } from '@slidestream/config';
import { silentLogger } from '@slidestream/core';
import { packTiles, planRun, tileSlides } from '@slidestream/pipelines';
import { writeSyntheticCohort } from '@slidestream/testing';
import { resolveParameters } from '@slidestream/tiling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('planRun', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const context = { logger: silentLogger, onProgress: () => undefined, signal: new AbortController().signal };
  const config = (data: string): RunConfig =>
    parseConfig(
      [
        'task: classification',
        `data: { labels: labels.csv, columns: { split: fold }, ${data} }`,
        'tiling: { scales: [{ name: high, mpp: 0.5, tileSizePx: 64 }], parameters: { a_t: 0 } }',
        'encoder: { name: r18, inputSizePx: 32 }',
        'head: { name: abmil, innerDim: 32 }',
        'sampling: { count: 4 }',
        'training: { epochs: 2, batchSize: 2 }',
        '',
      ].join('\n'),
      at('run.yaml'),
      runSchema,
    ).value;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slidestream-plan-'));
    await writeSyntheticCohort(folder, { seed: 4, slides: { train: 3, val: 0, test: 1 }, widthPx: 768, heightPx: 512, downsamples: [4] });
    writeFileSync(at('slides/cut.svs'), readFileSync(at('slides/SYN-000.svs')).subarray(0, 20_000));
    appendFileSync(at('labels.csv'), 'P9,gone,normal,train\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('counts the very tiles when all slides are sampled, and names what cannot be used', async () => {
    const run = config('slides: slides');
    const plan = await planRun({ config: run, sample: 10, out: at('not/yet/there') }, context);
    expect(plan.slides).toMatchObject({ usable: 4, missing: ['gone'], unlabelled: 1 });
    expect(plan.slides.unreadable).toMatchObject([{ slide: 'cut', code: 'slide/truncated' }]);
    const scales = new Map([['high', { tileSizePx: 64, at: { kind: 'mpp', mpp: 0.5 } as const }]]);
    const parameters = await resolveParameters({ overrides: { a_t: 0 } });
    const slides = ['SYN-000', 'SYN-001', 'SYN-002', 'SYN-003'].map((name) => at(`slides/${name}.svs`));
    const tiled = await tileSlides({ slides, out: at('tiles'), scales, parameters, pictures: false }, context);
    expect(plan.tiles.high).toBe(tiled.tiles.high);
    expect(plan.steps).toBe(4);
    for (const figure of [plan.seconds.tile, plan.seconds.pack, plan.seconds.train, plan.seconds.evaluate])
      expect(figure).toBeGreaterThan(0);
    expect(plan.memoryBytes).toBeGreaterThan(50e6);
    expect(plan.machine.freeBytes).toBeGreaterThan(0);

    await packTiles({ coords: at('tiles'), slides, store: at('tiles.lmdb'), workers: 1 }, context);
    const fromStore = await planRun({ config: config('stores: tiles.lmdb') }, context);
    expect(fromStore.tiles.high).toBe(tiled.tiles.high);
    expect(fromStore.slides).toMatchObject({ usable: 4, missing: ['gone'], unlabelled: 0 });
    expect(fromStore.seconds).toMatchObject({ tile: 0, pack: 0 });
    expect(fromStore.diskBytes.stores).toBe(0);
  });

  it('takes a sample for the whole, within a third on slides that are alike', async () => {
    const whole = await planRun({ config: config('slides: slides'), sample: 10 }, context);
    const part = await planRun({ config: config('slides: slides'), sample: 2 }, context);
    expect(part.sampled).toBe(2);
    expect(Math.abs((part.tiles.high ?? 0) / (whole.tiles.high ?? 1) - 1)).toBeLessThan(0.34);
  });

  it('refuses slides of which none is in the table, and a run that needs no plan', async () => {
    writeFileSync(at('others.csv'), 'case,slide,label,fold\nP1,x,a,train\nP2,y,b,test\n');
    const run = config('slides: slides');
    const others = { ...run, data: { ...run.data, labels: at('others.csv') } };
    await expect(planRun({ config: others }, context)).rejects.toMatchObject({ code: 'plan/no-slides', category: 'data' });
    const features = {
      ...run,
      mode: 'features',
      data: { labels: run.data.labels, features: 'f', minTiles: 1, onMissing: 'skip' },
    } as const;
    await expect(planRun({ config: features }, context)).rejects.toMatchObject({ code: 'plan/nothing-to-plan' });
  });
});
