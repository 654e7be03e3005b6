import type { RunConfig } from '@slidestream/config';
import { SlidestreamError } from '@slidestream/core';
import { type Fold, folds, type LabelTable, readLabelTable } from '@slidestream/labels';
import type { InstanceAccess } from './bag-access.js';
import { readBagFolds } from './bag-folds.js';
import { readBagTable } from './bag-table.js';
import type { ModelRegistries } from './build-model.js';
import type { FeatureSource } from './feature-batches.js';
import { type OpenedInstances, openInstances } from './open-instances.js';
import { standardised } from './standardise.js';

/** Labels, folds and instances of a run. */
export interface Cohort {
  readonly table: LabelTable;
  /** Those that the configuration asks for. */
  readonly folds: readonly Fold[];
  /** Where a fold's instances come from. */
  accessOf(fold: Fold): Promise<InstanceAccess>;
  /** Files whose hashes belong into the run's manifest. */
  readonly inputs: readonly string[];
  close(): void;
}

/**
 * Opens what a configuration trains on: a label table with stores or features, or a table of bags that holds both.
 *
 * @throws SlidestreamError `pipelines/*`, `labels/*`, `store/*`, `io/*`
 */
export async function openCohort(config: RunConfig, registries: ModelRegistries): Promise<Cohort> {
  const chosen = (all: readonly Fold[]): Fold[] =>
    all.filter(({ fold }) => config.folds.only === undefined || config.folds.only.includes(fold));
  if (config.data.bags !== undefined) {
    const cohort = await openBags(config, config.data.bags);
    return { ...cohort, folds: chosen(cohort.folds) };
  }
  const labels = requireLabels(config);
  const table = await readLabelTable(labels, { task: config.task, columns: config.data.columns, classes: config.data.classes });
  const instances: OpenedInstances = await openInstances(config, registries);
  return {
    table,
    folds: chosen(dealt(config, table)),
    accessOf: () => Promise.resolve(instances.access),
    inputs: [labels, ...instances.inputs],
    close: instances.close,
  };
}

async function openBags(config: RunConfig, path: string): Promise<Cohort> {
  if (config.task !== 'classification') {
    throw notForBags('task', 'a table of bags has classes, no times and events', 'Use data.features with a label table');
  }
  const { data } = config;
  const { labels: table, width, features } = await readBagTable(path, data.classes);
  const all = data.folds === undefined ? dealt(config, table) : await readBagFolds(data.folds, table.rows);
  if (data.folds !== undefined && config.folds.validation > 0) {
    throw notForBags('folds.validation', 'data.folds names training and test bags alone', 'Leave it out, or leave data.folds out');
  }
  const read: FeatureSource['read'] = (bag) => Promise.resolve(features.get(bag) as NonNullable<ReturnType<typeof features.get>>);
  const source: FeatureSource = { width, has: (bag) => features.has(bag), read };
  return {
    table,
    folds: all,
    accessOf: async ({ train }) => ({
      kind: 'features',
      source: data.standardise
        ? await standardised(
            source,
            train.map(({ slide }) => slide),
          )
        : source,
    }),
    inputs: [path, ...(data.folds === undefined ? [] : [data.folds])],
    close: () => undefined,
  };
}

function dealt(config: RunConfig, table: LabelTable): Fold[] {
  return folds(table, { ...config.folds, folds: config.folds.count, seed: config.seed, compat: config.compat });
}

function requireLabels({ data }: RunConfig): string {
  if (data.labels !== undefined) return data.labels;
  throw new SlidestreamError({
    code: 'pipelines/no-labels',
    category: 'usage',
    message: 'the configuration names no label table',
    where: { key: 'data.labels' },
    hint: 'Give a CSV with case, slide and label',
  });
}

function notForBags(key: string, message: string, hint: string): SlidestreamError {
  return new SlidestreamError({ code: 'pipelines/not-for-bags', category: 'usage', message, where: { key }, hint });
}
