import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRunConfig } from '../run/load-run-config.js';
import { fromReferenceOptions } from './import-reference.js';
import { deadOptions, mappedOptions, technicalOptions, unsupportedOptions } from './option-names.js';

const vectors = resolve(import.meta.dirname, '../../../../../shared/vectors/numbers');
const present = existsSync(vectors);
const read = (name: string) => JSON.parse(readFileSync(resolve(vectors, name), 'utf8'));

describe.skipIf(!present)("the reference's own files", () => {
  it('every option of its parser is mapped, or known to have no counterpart', () => {
    const names: string[] = read('cli_options.json').map((option: { dest: string }) => option.dest);
    const known = [...mappedOptions, ...technicalOptions, ...deadOptions, ...unsupportedOptions];
    expect([...known].sort()).toEqual([...names].sort());
  });

  it.each(present ? Object.entries(read('yaml_configs.json')) : [])('%s', (name, values) => {
    const { resolved, notes } = fromReferenceOptions(values as Record<string, unknown>, name);
    const given = values as Record<string, number | string | undefined>;
    expect(resolved.mode).toBe(name.includes('/e2e/') ? 'end-to-end' : 'features');
    expect(resolved.task).toBe(name.includes('survival') ? 'survival' : 'classification');
    expect(resolved.training.epochs).toBe(given.num_epoch);
    expect(resolved.training.optimiser).toEqual({
      name: given.opt ?? 'adam',
      learningRate: Number(given.lr ?? 2e-4),
      weightDecay: Number(given.weight_decay ?? 1e-5),
    });
    expect(notes.filter((note) => note.includes('no such option'))).toEqual([]);
  });

  it('r18_panda: head, sampling, teacher and stopping as SPEC §3 has them', () => {
    const { resolved } = fromReferenceOptions({
      ...read('yaml_configs.json')['config/e2e/r18_panda.yaml'],
      datasets: 'panda',
      dataset_sub_root: '/data/low',
    });
    expect(resolved).toMatchObject({
      data: { classes: ['0', '1', '2', '3', '4', '5'], stores: { high: '/data/xxx/TCGA', low: '/data/low' } },
      folds: { validation: 0.125 },
      encoder: { name: 'r18' },
      head: { name: 'abmilx', activation: 'gelu', norm: 'ln', bias: false, innerDim: 512, heads: 4, refine: true, feedForward: true },
      sampling: { count: 128, share: { low: 0.25 } },
      augment: { preset: 'strong', cropScale: 0.08 },
      training: { batchSize: 8, ema: { decay: 0.9999 }, earlyStopping: { patience: 20, after: 120 }, selectBy: 'balancedAccuracy' },
      evaluation: { weights: 'teacher' },
    });
  });
});

describe('configs/paper', () => {
  const folder = resolve(import.meta.dirname, '../../../../configs/paper');
  const names: Readonly<Record<string, readonly [name: string, datasets: string]>> = {
    'config/e2e/r18_panda.yaml': ['r18-panda', 'panda'],
    'config/e2e/r50_panda.yaml': ['r50-panda', 'panda'],
    'config/e2e/r18_brca_subtyping.yaml': ['r18-brca-subtyping', 'brca'],
    'config/e2e/r50_brca_subtyping.yaml': ['r50-brca-subtyping', 'brca'],
    'config/e2e/r18_brca_survival.yaml': ['r18-brca-survival', 'surv_brca'],
    'config/feat/fm_panda.yaml': ['features-panda', 'panda'],
    'config/feat/fm_subtyping.yaml': ['features-brca-subtyping', 'brca'],
    'config/feat/fm_survival.yaml': ['features-brca-survival', 'surv_brca'],
  };

  it('every file is a run', async () => {
    for (const name of readdirSync(folder)) expect((await loadRunConfig(resolve(folder, name))).value.name, name).toBeDefined();
  });

  it.skipIf(!present).each(present ? Object.entries(read('yaml_configs.json')) : [])(
    '%s is there with its values',
    async (file, values) => {
      const [name = '', datasets] = names[file] ?? [];
      const { value } = await loadRunConfig(resolve(folder, `${name}.yaml`));
      const model = name.startsWith('features') ? { model: 'abmil' } : {};
      const { resolved } = fromReferenceOptions({ ...(values as Record<string, unknown>), ...model, datasets });
      const { data, name: _name, folds: _folds, ...rest } = resolved;
      expect(value).toMatchObject(JSON.parse(JSON.stringify(rest)));
      expect(value.data.classes).toEqual(data.classes);
    },
  );
});

describe('fromReferenceOptions', () => {
  it('reads numbers from texts, as the option types of the reference do', () => {
    expect(fromReferenceOptions({ lr: '8e-5', weight_decay: '5e-2' }).resolved.training.optimiser).toMatchObject({
      learningRate: 8e-5,
      weightDecay: 0.05,
    });
    expect(() => fromReferenceOptions({ lr: 'fast' })).toThrow('lr: must be a number, got "fast"');
  });

  it('stops early unless early_stopping is false: the value in a YAML is not inverted, as the flag is', () => {
    const stopping = (value?: boolean) => fromReferenceOptions({ early_stopping: value }).resolved.training.earlyStopping;
    expect([stopping(), stopping(true), stopping(false)]).toEqual([{ patience: 20, after: 130 }, { patience: 20, after: 130 }, undefined]);
  });

  it('keeps both scales where the second source is not named, and says so', () => {
    const scales = { image_input: true, mul_scale_input: true, mul_scale_ratio: 4, same_psize: 128 };
    const { resolved, notes } = fromReferenceOptions(scales);
    expect(resolved.sampling).toMatchObject({ count: 128, share: { low: 0.25 } });
    expect(resolved.data.stores).toEqual({ high: '/data/xxx/TCGA', low: 'dataset_sub_root' });
    expect(notes).toContain('mul_scale_input: dataset_sub_root is not said; name the store in data.stores.low');
    expect(fromReferenceOptions({ ...scales, dataset_sub_root: 'low.lmdb' }).notes.join()).not.toContain('mul_scale_input');
    expect(fromReferenceOptions({ mul_scale_input: true }).notes.join()).toContain('mul_scale_input: features of several scales');
  });

  it('takes the reference’s default data set where none is named, and says so', () => {
    const { resolved, notes } = fromReferenceOptions({ project: 'p' });
    expect(resolved.data.classes).toHaveLength(6);
    expect(notes.join()).toContain('datasets: not said');
    expect(fromReferenceOptions({ project: 'p', datasets: 'panda' }).resolved).toEqual(resolved);
  });

  it('says what it leaves out', () => {
    const { notes } = fromReferenceOptions({ datasets: 'panda', pin_memory: true, val2test: true, sel_type: 'ema', learning_rate: 1 });
    expect(notes).toEqual([
      'learning_rate: the reference has no such option and ignores it',
      'sel_type: has no counterpart here',
      'left out, they change no result: pin_memory',
      'val2test: the epoch is chosen on validation cases here, never on those that are reported (defect 5)',
    ]);
  });

  it.each([
    [{ abx_D: 4 }, 16],
    [{ abx_D: 256 }, 32],
    [{ abx_D: 256, abx_attn_plus_embed_new: true }, 256],
    [{ abx_D: 4, abx_attn_plus_embed_new: true }, 128],
  ])('score width of %j is %i', (options, width) => {
    expect(fromReferenceOptions(options).resolved.head.scoreDim).toBe(width);
  });
});
