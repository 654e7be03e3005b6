import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@slidestream/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRuns } from './compare-runs.js';
import type { ClassificationPrediction, PredictionTable } from './predictions.js';
import { openRunFolder } from './run-folder.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slidestream-compare-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function writeRun(name: string, table: PredictionTable): Promise<string> {
  const path = join(folder, name);
  const run = await openRunFolder(path);
  await run.start({ format: 1, versions: {}, seed: 7, config: {}, inputs: [], startedAt: '2026-01-01T00:00:00Z' });
  await run.writePredictions(table);
  return path;
}

/** 60 slides, half of each class; `skill` is how far scores lie apart, `fold` what fold a slide is tested in. */
function table(skill: number, { classes = ['a', 'b'], fold = (i: number) => i % 3, count = 60 } = {}): PredictionTable {
  const random = randomStream('compare', skill);
  const rows = Array.from({ length: count }, (_, i): ClassificationPrediction => {
    const label = i % 2 === 0 ? 'a' : 'b';
    const p = 1 / (1 + Math.exp(-(random.normal() + (label === 'b' ? skill : -skill))));
    const byName: Record<string, number> = { a: 1 - p, b: p };
    return {
      fold: fold(i),
      split: 'test',
      case: `P${i}`,
      slide: `S${i}`,
      label,
      prediction: p > 0.5 ? 'b' : 'a',
      probabilities: classes.map((one) => byName[one] ?? 0),
    };
  });
  return { task: 'classification', classes, rows };
}

describe('compareRuns', () => {
  it('finds a better model better, and by how much, on the same slides whatever the folds and the order of classes', async () => {
    const weak = await writeRun('weak', table(0.2));
    const strong = await writeRun('strong', table(2, { classes: ['b', 'a'], fold: (i) => i % 5 }));
    const { comparisons } = await compareRuns({ runs: [weak, strong], bootstrap: 300 });
    const [one] = comparisons;
    expect(one).toMatchObject({ slides: 60, onlyInBaseline: 0, onlyInRun: 0 });
    const auc = one?.metrics.auc;
    expect(auc?.difference).toBeCloseTo((auc?.run ?? 0) - (auc?.baseline ?? 0), 12);
    expect(auc?.run).toBeGreaterThan(0.95);
    expect(auc?.low).toBeGreaterThan(0);
    expect(auc?.pValue).toBeLessThan(0.05);
    expect(one?.deLong?.difference).toBeCloseTo(auc?.difference ?? 0, 12);
    expect(one?.deLong?.pValue).toBeLessThan(0.05);
    const back = (await compareRuns({ runs: [strong, weak], bootstrap: 300 })).comparisons[0]?.metrics.auc;
    expect(back?.difference).toBeCloseTo(-(auc?.difference ?? 0), 12);
  });

  it('finds no difference of a run to itself', async () => {
    const run = await writeRun('same', table(0.5));
    const [one] = (await compareRuns({ runs: [run, run], bootstrap: 50 })).comparisons;
    expect(one?.metrics.auc).toMatchObject({ difference: 0, low: 0, high: 0, pValue: 1 });
    expect(one?.deLong?.pValue).toBe(1);
  });

  it('compares only what both predicted, and counts the rest', async () => {
    const [all, some] = [await writeRun('all', table(1)), await writeRun('some', table(0.9, { count: 40 }))];
    const [one] = (await compareRuns({ runs: [all, some], bootstrap: 20 })).comparisons;
    expect(one).toMatchObject({ slides: 40, onlyInBaseline: 20, onlyInRun: 0 });
  });

  it('leaves DeLong out where a patient has two slides: they are not independent', async () => {
    const twins = table(1);
    const rows = (twins.rows as ClassificationPrediction[]).map((row, i) => ({ ...row, case: `P${i % 30}` }));
    const run = await writeRun('twins', { ...twins, rows } as PredictionTable);
    expect((await compareRuns({ runs: [run, run], bootstrap: 10 })).comparisons[0]?.deLong).toBeNull();
  });

  it('refuses what cannot be compared', async () => {
    const run = await writeRun('one', table(1));
    const relabelled = table(1);
    const rows = (relabelled.rows as ClassificationPrediction[]).map((row) => ({ ...row, label: row.label === 'a' ? 'b' : 'a' }));
    const others: [string, PredictionTable][] = [
      ['compare/other-truth', { ...relabelled, rows } as PredictionTable],
      ['compare/other-classes', table(1, { classes: ['a', 'b', 'c'] })],
      ['compare/no-common-slides', { ...table(1), rows: [] } as PredictionTable],
      ['compare/other-task', { task: 'survival', rows: [] }],
    ];
    for (const [code, other] of others) {
      const path = await writeRun(code.replace('/', '-'), other);
      await expect(compareRuns({ runs: [run, path] }), code).rejects.toMatchObject({ code });
    }
    await expect(compareRuns({ runs: [run] })).rejects.toMatchObject({ code: 'compare/one-run' });
    await expect(compareRuns({ runs: [run, join(folder, 'nowhere')] })).rejects.toMatchObject({ code: 'run/not-a-run' });
  });
});
