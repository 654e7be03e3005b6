import { join } from 'node:path';
import { fromReferenceOptions } from '@slidestream/config';
import type { Comparison } from './comparison.js';
import { type CaseTable, UnknownCase } from './conformance-case.js';
import { fieldsOf, type NumbersCheck } from './numbers-case.js';
import { readJson } from './read-json.js';

type Values = Readonly<Record<string, unknown>>;

interface CliOption {
  readonly flag: readonly string[];
  readonly dest: string;
  readonly type: string | null;
  readonly default: unknown;
  readonly choices: readonly unknown[] | null;
  readonly action: string;
}

/** An option of the reference: `config import` knows it, and saying its default changes nothing but the name of the run. */
const option: NumbersCheck = ({ value }, comparison) => {
  const { dest, default: usual } = fieldsOf<CliOption>(value, ['flag', 'dest', 'type', 'default', 'choices', 'action']);
  const { notes } = fromReferenceOptions({ [dest]: usual ?? undefined });
  comparison.equal(
    'unknown to the importer',
    notes.filter((note) => note.includes('the reference has no such option')),
    [],
  );
  const said = usual === null ? {} : { [dest]: usual };
  for (const model of ['e2e_r18_abmilx', 'e2e_r18_abmil']) {
    const around = { model, image_input: true, mul_scale_input: true, dataset_sub_root: 'low.lmdb', same_psize: 64, test_type: 'both_ema' };
    const { [dest as keyof typeof around]: _, ...others } = around;
    const meaning = (options: Values): unknown => ({ ...fromReferenceOptions(options).resolved, name: undefined });
    comparison.equal(`${dest} at its default, ${model}`, meaning({ ...others, ...said }), meaning(others));
  }
};

/** A shipped configuration: what is imported says what the YAML and the parser's defaults say. */
const yaml: NumbersCheck = async ({ value }, comparison, root) => {
  const given = value as Values;
  const options = (await readJson(join(root, 'numbers/cli_options.json')).catch(() => {
    throw new UnknownCase('needs numbers/cli_options.json for the defaults');
  })) as readonly CliOption[];
  const defaults = Object.fromEntries(options.map(({ dest, default: usual }) => [dest, usual]));
  const values: Values = { ...defaults, ...given };
  const number = (name: string): number => Number(values[name]);
  const flag = (name: string): boolean => values[name] === true;
  const { resolved, notes } = fromReferenceOptions(given);
  comparison.equal(
    'unknown options',
    notes.filter((note) => note.includes('the reference has no such option')),
    [],
  );
  const { training, head, evaluation, folds } = resolved;
  const survival = values.loss === 'nll_surv';
  comparison.equal('task', resolved.task, survival ? 'survival' : 'classification');
  comparison.equal('mode', resolved.mode, flag('image_input') ? 'end-to-end' : 'features');
  comparison.equal('seed', resolved.seed, number('seed'));
  if (survival) comparison.equal('bins', resolved.survival.bins, number('n_classes'));
  comparison.equal('folds', folds.count ?? 1, flag('random_fold') ? 1 : number('cv_fold'));
  comparison.equal('validation', folds.validation, number('val_ratio'));
  comparison.equal('epochs', training.epochs, number('num_epoch'));
  comparison.equal('batchSize', training.batchSize, number('batch_size'));
  const { name, learningRate, weightDecay } = training.optimiser;
  comparison.equal('optimiser', [name, learningRate, weightDecay], [values.opt, number('lr'), number('weight_decay')]);
  comparison.equal('schedule', training.schedule, values.lr_sche);
  comparison.equal('warm-up', [training.warmupEpochs, training.warmupLearningRate], [number('warmup_epochs'), number('warmup_lr')]);
  comparison.equal('accumulation', training.accumulation, number('accumulation_steps'));
  comparison.equal('teacher', training.ema?.decay ?? null, values.test_type === 'main' ? null : number('mm'));
  comparison.equal('weights', evaluation.weights, values.test_type === 'both_ema' ? 'teacher' : 'model');
  comparison.equal('bootstrap', evaluation.bootstrap, number('num_bootstrap'));
  const stop = { patience: number('patient'), after: Math.min(number('max_epoch'), number('num_epoch')) };
  comparison.equal('early stopping', training.earlyStopping, stop);
  compareModel(comparison, values, resolved.encoder.name, head);
  if (flag('image_input')) {
    comparison.equal('count', resolved.sampling.count, number('same_psize'));
    comparison.equal('augment', [resolved.augment.preset, resolved.augment.cropScale], [values.img_transform, number('crop_scale')]);
  }
};

function compareModel(comparison: Comparison, values: Values, encoder: string, head: Values): void {
  const model = String(values.model);
  const parts = /^e2e_([^_]+)_(.+)$/.exec(model);
  comparison.equal('head', head.name, (parts?.[2] ?? model).replaceAll('_', '-'));
  if (parts !== null && values.image_input === true) comparison.equal('encoder', encoder, parts[1]);
  const bias = values.mil_bias === true || values.no_mil_bias !== true;
  const shared = { activation: values.act, norm: values.mil_norm ?? 'none', bias, innerDim: Number(values.inner_dim) };
  for (const [name, expected] of Object.entries(shared)) comparison.equal(`head.${name}`, head[name], expected);
  if (head.name !== 'abmilx') return;
  const own = {
    heads: Number(values.n_heads),
    dropout: Number(values.dropout),
    refine: values.abx_attn_plus === true,
    scoreBias: values.abx_attn_bias === true,
    feedForward: values.ffn === true,
    joint: values.abx_attn_plus_embed_new === true,
  };
  for (const [name, expected] of Object.entries(own)) comparison.equal(`head.${name}`, head[name], expected);
}

/** Checks of `numbers/cli_options.json`, and of every table of `numbers/yaml_configs.json`. */
export function configCheck(table: CaseTable): NumbersCheck {
  return table.file === 'cli_options' ? option : yaml;
}
