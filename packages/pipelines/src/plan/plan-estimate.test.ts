import { parseConfig, type RunConfig, runSchema } from '@slidestream/config';
import type { Fold, LabelRow } from '@slidestream/labels';
import { describe, expect, it } from 'vitest';
import { planEstimate } from './plan-estimate.js';

const rows = (count: number): LabelRow[] =>
  Array.from({ length: count }, (_, i) => ({ case: `P${i}`, slide: `S${i}`, label: 'a', line: i + 2 }));
const fold: Fold = { fold: 0, train: rows(10), val: rows(2), test: rows(4) };
const model = { forwardSeconds: 0.1, trainSeconds: 0.4, memoryBytes: 2e9, parameters: 1000, featureDim: 256 };
const measures = {
  tiles: { high: 1600 },
  mainTiles: 1600,
  tilesPerSlide: 100,
  storeBytes: 1e6,
  tileSeconds: 8,
  packSeconds: 12,
  cores: 4,
  model,
};

function config(yaml: string): RunConfig {
  return parseConfig(`task: classification\ndata: { slides: s, labels: l.csv }\n${yaml}`, 'run.yaml', runSchema).value;
}

describe('planEstimate', () => {
  it('counts steps, trained and evaluated tiles of every fold', () => {
    const run = config('sampling: { count: 20 }\ntraining: { epochs: 3, batchSize: 4 }\n');
    const plan = planEstimate(run, [fold, fold], measures);
    expect(plan.steps).toBe(2 * 3 * 3);
    expect(plan.seconds.train).toBeCloseTo(2 * 10 * 3 * 20 * 0.4);
    // Validation every epoch and once of the chosen weights; test once.
    expect(plan.seconds.evaluate).toBeCloseTo(2 * (2 * 4 + 4) * 100 * 0.1);
    expect(plan.seconds).toMatchObject({ tile: 8, pack: 3, embed: 0 });
    expect(plan.diskBytes.checkpoints).toBe(2 * 1000 * 4 * 9);
    expect(plan.diskBytes.features).toBe(0);
  });

  it('validates a teacher too, and takes all tiles where no count is said', () => {
    const run = config('training: { epochs: 2, ema: { decay: 0.9 } }\n');
    const plan = planEstimate(run, [fold], measures);
    expect(plan.seconds.train).toBeCloseTo(10 * 2 * 100 * 0.4);
    expect(plan.seconds.evaluate).toBeCloseTo((2 * (2 * 2 + 1) + 4) * 100 * 0.1);
  });

  it('embeds once with features, and their files take space', () => {
    const plan = planEstimate(config('mode: features\n'), [fold], { ...measures, model: { ...model, trainSeconds: null } });
    expect(plan.seconds).toMatchObject({ embed: 160, train: 0, evaluate: 0 });
    expect(plan.diskBytes.features).toBe(1600 * 256 * 4);
  });
});
