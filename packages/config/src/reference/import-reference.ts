import { readFile } from 'node:fs/promises';
import { ioError } from '@slidestream/core/node';
import { parseDocument, stringify } from 'yaml';
import { ConfigError } from '../config-error.js';
import { didYouMean } from '../did-you-mean.js';
import { checkRun, type RunConfig, runSchema } from '../run/run-schema.js';
import { describeZodIssues } from '../zod-issues.js';
import { headOptions } from './head-options.js';
import { deadOptions, mappedOptions, technicalOptions, unsupportedOptions } from './option-names.js';
import { ReferenceOptions } from './reference-options.js';

/** A configuration of the reference as one of ours. */
export interface ImportedConfig {
  /** What was said, under our names, and nothing that is a default of both. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The same as YAML. */
  readonly yaml: string;
  /** It with our defaults filled in. */
  readonly resolved: RunConfig;
  /** What has no counterpart here, or is done otherwise because the reference's way is defective. */
  readonly notes: readonly string[];
}

/**
 * Reads configurations of the reference (later files win) as one of ours.
 *
 * @param given - what its command line would add to the files; wins over them
 * @throws ConfigError for values that the reference would not take either
 * @throws SlidestreamError `io/*`
 */
export async function importReferenceConfig(
  files: readonly string[],
  given: Readonly<Record<string, unknown>> = {},
): Promise<ImportedConfig> {
  let merged: Record<string, unknown> = {};
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error) => {
      throw ioError(error, file);
    });
    // The reference reads YAML 1.1, in which 8e-5 is a text: numbers are taken from texts as well.
    const document = parseDocument(text, { version: '1.1', prettyErrors: false });
    const [fault] = document.errors;
    if (fault !== undefined) throw new ConfigError([{ source: file, key: '', message: fault.message }]);
    const data = document.toJS() as unknown;
    if (data !== null && typeof data === 'object') merged = { ...merged, ...data };
  }
  return fromReferenceOptions({ ...merged, ...given }, files.join(','));
}

/** Options of the reference, as a YAML or its command line give them, as a configuration of ours. @throws ConfigError */
export function fromReferenceOptions(values: Readonly<Record<string, unknown>>, source = 'reference options'): ImportedConfig {
  const options = new ReferenceOptions(values, source);
  const notes = notesOn(Object.keys(values), options);
  const config = prune({
    name: options.optionalText('title'),
    task: taskOf(options),
    mode: options.flag('image_input') ? 'end-to-end' : 'features',
    seed: options.number('seed', 2021),
    data: dataOf(options),
    folds: foldsOf(options),
    ...modelOf(options, source),
    ...samplingOf(options),
    survival: taskOf(options) === 'survival' ? { bins: options.number('n_classes', 2) } : undefined,
    training: trainingOf(options),
    evaluation: {
      bootstrap: options.text('bootstrap_mode', 'test').includes('test') ? options.number('num_bootstrap', 1000) : 0,
      weights: ['both_ema', 'ema'].includes(options.text('test_type', 'main')) ? 'teacher' : 'model',
      tilesPerChunk: options.number('p_batch_size_v', 2048),
    },
    output: options.has('output_path')
      ? [options.text('output_path', ''), options.text('project', 'mil_new_c16'), options.text('title', 'default')].join('/')
      : undefined,
  }) as Record<string, unknown>;
  const parsed = runSchema.safeParse(config, { reportInput: true });
  const issues = parsed.success ? checkRun(parsed.data) : describeZodIssues(parsed.error.issues, () => []);
  if (issues.length > 0 || !parsed.success) {
    throw new ConfigError(issues.map(({ path, message, hint }) => ({ source, key: path.join('.'), message, hint })));
  }
  return { config, yaml: stringify(config), resolved: parsed.data, notes };
}

function taskOf(options: ReferenceOptions): 'classification' | 'survival' {
  return options.text('datasets', 'panda').toLowerCase().startsWith('surv') || options.text('loss', 'ce') === 'nll_surv'
    ? 'survival'
    : 'classification';
}

/** Class names in the reference's order (SPEC §4.2); its default data set is panda, whose six classes a file that names none gets. */
function classesOf(options: ReferenceOptions): readonly string[] | undefined {
  const name = options.text('datasets', 'panda').toLowerCase();
  if (taskOf(options) === 'survival') return undefined;
  if (name.includes('nsclc')) return ['LUAD', 'LUSC'];
  if (name.includes('brca')) return ['IDC', 'ILC'];
  if (name.includes('call')) return ['normal', 'tumor'];
  return name.includes('panda') ? ['0', '1', '2', '3', '4', '5'] : undefined;
}

function dataOf(options: ReferenceOptions): Record<string, unknown> {
  const root = options.text('dataset_root', '/data/xxx/TCGA');
  const labels = options.text('csv_path', `${root}/label.csv`);
  if (!options.flag('image_input')) return { labels, classes: classesOf(options), features: `${root}/pt_files` };
  const training = options.number('img_size', 224) === 256 ? (path: string) => path.replaceAll('224', '256') : (path: string) => path;
  const low = options.text('dataset_sub_root', 'dataset_sub_root');
  const stores = options.flag('mul_scale_input') ? { high: training(root), low: training(low) } : training(root);
  return { labels, classes: classesOf(options), stores };
}

function foldsOf(options: ReferenceOptions): Record<string, unknown> {
  const count = options.number('cv_fold', 5);
  const start = options.number('fold_start', 0);
  const dealt = count > 1 && !options.flag('random_fold');
  return {
    count: dealt ? count : undefined,
    validation: options.number('val_ratio', 0),
    only: start > 0 ? Array.from({ length: Math.max(1, count - start) }, (_, i) => start + i) : undefined,
  };
}

function modelOf(options: ReferenceOptions, source: string): Record<string, unknown> {
  const model = options.text('model', 'e2e_r18_abmilx');
  const parts = /^e2e_([^_]+)_(.+)$/.exec(model);
  if (options.flag('image_input') && parts === null)
    throw new ConfigError([{ source, key: 'model', message: `must be e2e_ENCODER_HEAD, got "${model}"` }]);
  const head = (parts?.[2] ?? model).replaceAll('_', '-');
  const encoder =
    parts === null ? undefined : { name: parts[1], weights: options.optionalText('enc_init'), frozen: options.flag('freeze_enc') };
  return { encoder, head: { name: head, ...headOptions(head, options) } };
}

function samplingOf(options: ReferenceOptions): Record<string, unknown> {
  const size = options.optionalNumber('max_patch_train') ?? options.number('same_psize', 0);
  const count = size >= 1 ? Math.trunc(size) : undefined;
  const low = options.flag('mul_scale_input') && options.flag('image_input') && count !== undefined;
  const share = low ? { low: Math.floor(count / options.number('mul_scale_ratio', 2)) / count } : undefined;
  if (!options.flag('image_input')) return { sampling: { count } };
  return {
    sampling: { count, share },
    augment: { preset: options.text('img_transform', 'none'), cropScale: options.number('crop_scale', 0.08) },
  };
}

function trainingOf(options: ReferenceOptions): Record<string, unknown> {
  const epochs = options.number('num_epoch', 200);
  const survival = taskOf(options) === 'survival';
  const index = options.number('best_metric_index', -1);
  const classes = options.text('datasets', 'panda') === 'panda' ? 6 : options.number('n_classes', 2);
  const byAccuracy = index === 1 || (index === -1 && classes !== 2);
  const schedule = options.text('lr_sche', 'cosine');
  return {
    epochs,
    batchSize: options.number('batch_size', 1),
    optimiser: {
      name: options.text('opt', 'adam'),
      learningRate: options.number('lr', 2e-4),
      weightDecay: options.number('weight_decay', 1e-5),
    },
    schedule: schedule === 'const' ? 'constant' : schedule,
    warmupEpochs: options.number('warmup_epochs', 0),
    warmupLearningRate: options.number('warmup_lr', 1e-6),
    accumulation: options.number('accumulation_steps', 1),
    clip: options.optionalNumber('clip_grad'),
    ema: options.text('test_type', 'main') === 'main' ? undefined : { decay: options.number('mm', 0.9997) },
    // Only the flag of its command line is inverted (defect 8): a YAML gives the value itself, true by default.
    earlyStopping:
      options.has('early_stopping') && !options.flag('early_stopping')
        ? undefined
        : { patience: options.number('patient', 20), after: Math.min(options.number('max_epoch', 130), epochs) },
    selectBy: survival ? 'cIndex' : byAccuracy ? 'balancedAccuracy' : 'auc',
    lossWeights: { main: options.number('main_alpha', 1), auxiliary: options.number('aux_alpha', 0) },
    tilesPerChunk: options.flag('image_input') ? options.number('p_batch_size', 512) : undefined,
  };
}

function notesOn(names: readonly string[], options: ReferenceOptions): string[] {
  const known = [...mappedOptions, ...technicalOptions, ...deadOptions, ...unsupportedOptions];
  const notes: string[] = [];
  for (const name of names) {
    if (known.includes(name)) continue;
    const close = didYouMean(name, known);
    notes.push(`${name}: the reference has no such option and ignores it${close === undefined ? '' : `; was ${close} meant?`}`);
  }
  const given = (list: readonly string[]): string[] => names.filter((name) => list.includes(name) && options.has(name));
  for (const name of given(unsupportedOptions)) notes.push(`${name}: has no counterpart here`);
  for (const name of given(deadOptions)) notes.push(`${name}: has no effect in the reference, left out`);
  const technical = given(technicalOptions);
  if (technical.length > 0) notes.push(`left out, they change no result: ${technical.join(', ')}`);
  if (!options.has('datasets') && taskOf(options) === 'classification')
    notes.push(
      'datasets: not said; the reference then takes panda with its six classes. For other data say it: --set datasets=…, or change data.classes',
    );
  if (options.flag('mul_scale_input')) {
    if (!options.flag('image_input')) notes.push('mul_scale_input: features of several scales have no counterpart here');
    else if (!options.has('dataset_sub_root'))
      notes.push('mul_scale_input: dataset_sub_root is not said; name the store in data.stores.low');
    else if (options.optionalNumber('max_patch_train') === undefined && options.number('same_psize', 0) < 1)
      notes.push('mul_scale_input: without same_psize all tiles of both scales are seen in the reference, here those of the first');
  }
  if (options.flag('val2test'))
    notes.push('val2test: the epoch is chosen on validation cases here, never on those that are reported (defect 5)');
  if (options.flag('random_fold')) notes.push('random_fold: one split with several seeds; run it once a seed with --set seed=…');
  if (options.flag('amp')) notes.push('amp: float16 autocast has no counterpart; training is in float32');
  if (options.has('clip_grad')) notes.push('clip_grad: the reference never applies it (defect 12), here it is applied');
  if (options.text('img_transform', 'none') !== 'none')
    notes.push('img_transform: drawn for every tile here, not for chunks of tiles (defect 56)');
  return notes;
}

/** Without what is undefined, at any depth, and without groups that are empty then. */
function prune(value: unknown): unknown {
  if (Array.isArray(value) || value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, part]) => [key, prune(part)] as const);
  const kept = entries.filter(
    ([, part]) => part !== undefined && !(typeof part === 'object' && part !== null && Object.keys(part).length === 0),
  );
  return Object.fromEntries(kept);
}
