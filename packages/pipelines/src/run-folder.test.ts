import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatPredictions, type PredictionTable, parsePredictions } from './predictions.js';
import { openRunFolder } from './run-folder.js';
import { hashInputs } from './run-folder-inputs.js';
import { RunLog } from './run-folder-log.js';
import type { RunManifest } from './run-folder-manifest.js';
import { formatSummary, parseSummary, summarise } from './summary.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('predictions.csv', () => {
  const classes: PredictionTable = {
    task: 'classification',
    classes: ['normal', 'tumor, any "grade"'],
    rows: [
      {
        fold: 0,
        split: 'test',
        case: 'P, 1',
        slide: 'S "1"',
        label: 'normal',
        prediction: 'tumor, any "grade"',
        probabilities: [0.1, 0.9],
      },
      { fold: 1, split: 'predict', case: 'P\n2', slide: ' S2 ', label: null, prediction: 'normal', probabilities: [1 / 3, 2 / 3] },
    ],
  };

  it('is read back as it was, whatever the names hold', () => {
    expect(parsePredictions(formatPredictions(classes))).toEqual(classes);
  });

  it('has the columns of the design', () => {
    expect(formatPredictions({ task: 'classification', classes: ['a', 'b'], rows: [] })).toBe(
      'fold,split,case,slide,label,prediction,p_a,p_b\n',
    );
    expect(formatPredictions({ task: 'survival', rows: [] })).toBe('fold,split,case,slide,time,event,risk\n');
  });

  it('holds survival', () => {
    const table: PredictionTable = {
      task: 'survival',
      rows: [
        { fold: 0, split: 'test', case: 'P1', slide: 'S1', time: 12.5, event: 1, risk: -1.25e-8 },
        { fold: 0, split: 'predict', case: 'P2', slide: 'S2', time: null, event: null, risk: 3 },
      ],
    };
    expect(parsePredictions(formatPredictions(table))).toEqual(table);
  });

  it('says where it is not what it should be', () => {
    const text = 'fold,split,case,slide,label,prediction,p_a,p_b\n0,test,c,s,a,a,0.5,half\n';
    expect(() => parsePredictions(text, 'p.csv')).toThrow('p.csv:2:20: "half" is no number');
    expect(() => parsePredictions(text.replace(',a,a,', ',a,z,'), 'p.csv')).toThrow('p.csv:2:14: "z" is none of a, b');
  });
});

describe('summary.json', () => {
  const interval = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });

  it('takes mean and deviation over the folds in which a metric is defined', () => {
    const summary = summarise({
      task: 'classification',
      seconds: 1.5,
      seed: 7,
      folds: [
        { fold: 0, test: { auc: interval(0.8) } },
        { fold: 1, test: { auc: interval(0.9) } },
        { fold: 2, test: { auc: interval(Number.NaN) } },
      ],
    });
    expect(summary.mean.auc?.value).toBeCloseTo(0.85, 12);
    expect(summary.mean.auc?.sd).toBeCloseTo(Math.SQRT1_2 / 10, 12);
    expect(parseSummary(formatSummary(summary))).toEqual(summary);
  });

  it('is refused when it lacks what others read', () => {
    expect(() => parseSummary('{"task":"x","folds":[]}', 's.json')).toThrow('s.json: lacks one of task, folds, mean, seconds, seed');
    expect(() => parseSummary('{', 's.json')).toThrow('s.json: is not JSON');
  });
});

describe('the run folder', () => {
  const manifest = (config: unknown): RunManifest => ({
    format: 1,
    versions: { slidestream: '0.1.0' },
    seed: 1,
    config,
    inputs: [],
    startedAt: '2026-01-01',
  });

  it('resumes with the same parameters and lists what differs otherwise', async () => {
    const run = await openRunFolder(join(folder, 'a/b'));
    expect(await run.manifest()).toBeNull();
    expect(await run.start(manifest({ train: { epochs: 3, dropout: undefined }, seed: 1 }))).toBe('started');
    expect(await run.start({ ...manifest({ train: { epochs: 3 }, seed: 1 }), startedAt: 'later', versions: {} })).toBe('resumed');
    await expect(run.start(manifest({ train: { epochs: 4 }, model: 'x', seed: 1 }))).rejects.toThrow(
      '(config.model: absent → "x"; config.train.epochs: 3 → 4)',
    );
  });

  it('keeps a log over a crash in the middle of a line', async () => {
    const run = await openRunFolder(folder);
    await using first = await run.openLog();
    await first.append({ step: 1, loss: 0.5 }, { step: 2, loss: Number.NaN });
    await first.append({ step: 3 });
    await appendFile(join(folder, 'metrics.jsonl'), '{"step":4,"lo');
    expect(await run.log()).toEqual([{ step: 1, loss: 0.5 }, { step: 2, loss: null }, { step: 3 }]);
    await using second = await run.openLog({ keep: (record) => (record.step as number) <= 2 });
    await second.append({ step: 3, again: true });
    expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8')).toBe(
      '{"step":1,"loss":0.5}\n{"step":2,"loss":null}\n{"step":3,"again":true}\n',
    );
  });

  it('names the line of a log that is damaged inside', async () => {
    await writeFile(join(folder, 'metrics.jsonl'), '{"step":1}\n{"st\n{"step":3}\n');
    await expect((await openRunFolder(folder)).log()).rejects.toThrow(`${join(folder, 'metrics.jsonl')}:2: this line is not JSON`);
  });

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
    await using log = new RunLog(await open('/dev/full', 'a'), join(folder, 'metrics.jsonl'));
    await expect(log.append({ step: 1 })).rejects.toThrow(expect.objectContaining({ code: 'io/no-space', category: 'io' }));
  });

  it('leaves nothing but complete files', async () => {
    const run = await openRunFolder(folder);
    await run.writePredictions({ task: 'survival', rows: [] });
    await run.writeSummary(summarise({ task: 'survival', folds: [], seconds: 0, seed: 0 }));
    expect((await readdir(folder)).sort()).toEqual(['predictions.csv', 'summary.json']);
    expect(await run.predictions()).toEqual({ task: 'survival', rows: [] });
    expect((await run.summary())?.seed).toBe(0);
  });
});

it('hashInputs tells a whole file from the ends of a large one', async () => {
  const path = join(folder, 'x');
  await writeFile(path, 'abc');
  expect(await hashInputs([path])).toEqual([
    { path, bytes: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', of: 'whole' },
  ]);
  await writeFile(path, 'aXXXc');
  const [ends] = await hashInputs([path], 1);
  await writeFile(path, 'aYYYc');
  expect(await hashInputs([path], 1)).toEqual([ends]);
  await expect(hashInputs([join(folder, 'none')])).rejects.toThrow(expect.objectContaining({ code: 'io/not-found' }));
});
