import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRunConfig, type RunConfig } from '../../packages/config/src/index.js';
import { writeFileAtomic } from '../../packages/core/src/node/index.js';
import { heads } from '../../packages/mil-heads/src/index.js';
import { crossValidate } from '../../packages/pipelines/src/index.js';
import { type Cell, replaceTable, resultTable, type SetName, sets } from './result-table.js';

/** What to run; see tools/results.mjs. */
export interface ResultsOptions {
  readonly root: string;
  readonly data: string;
  readonly heads?: readonly string[] | undefined;
  readonly sets?: readonly string[] | undefined;
  /** Repeats of ten folds for every head; default: 5 for abmil and gabmil, else 1. */
  readonly repeats?: number | undefined;
}

const FOLDS_IN_REPEAT = 10;
const FIVE_REPEATS = ['abmil', 'gabmil'];

/** Trains what is not done yet, then rewrites the table; 0, or 1 when a mean lies below its bound. */
export async function runResults(options: ResultsOptions): Promise<number> {
  const kept = join(options.root, 'runs/results');
  await mkdir(kept, { recursive: true });
  const names = heads.names.filter((name) => heads.get(name).needsPositions !== true);
  const cells: Cell[] = [];
  for (const set of sets) {
    for (const head of names) {
      const wanted = (options.heads ?? names).includes(head) && (options.sets ?? sets).includes(set);
      const cell = await cellOf(options, kept, { set, head, wanted });
      if (cell !== null) cells.push(cell);
    }
  }
  const file = join(options.root, 'docs/results.md');
  await writeFileAtomic(file, replaceTable(await readFile(file, 'utf8'), resultTable(names, cells)));
  const low = cells.filter(({ bound, mean }) => bound !== null && mean < bound);
  for (const { set, head, mean, bound } of low) console.log(`below its bound: ${head} on ${set}, ${mean} < ${bound}`);
  return low.length === 0 ? 0 : 1;
}

interface Work {
  readonly set: SetName;
  readonly head: string;
  /** Train what is missing, rather than take what is there. */
  readonly wanted: boolean;
}

async function cellOf(options: ResultsOptions, kept: string, { set, head, wanted }: Work): Promise<Cell | null> {
  const config = await configOf(options, set, head);
  const repeats = options.repeats ?? (FIVE_REPEATS.includes(head) ? 5 : 1);
  const recipe = createHash('sha256')
    .update(JSON.stringify({ ...config, data: null }))
    .digest('hex')
    .slice(0, 12);
  const path = join(kept, `${set}-${head}-${recipe}.json`);
  const done = await readDone(path);
  const missing = Array.from({ length: repeats * FOLDS_IN_REPEAT }, (_, i) => i).filter((fold) => done[fold] === undefined);
  if (wanted && missing.length > 0) {
    const started = performance.now();
    const context = { logger: quiet, onProgress: () => undefined, signal: new AbortController().signal };
    for await (const { fold, metrics } of crossValidate({ config: { ...config, folds: { ...config.folds, only: missing } } }, context)) {
      done[fold] = metrics.accuracy as number;
      await writeFileAtomic(path, JSON.stringify(done));
    }
    const seconds = (performance.now() - started) / 1000 / missing.length;
    console.log(`${set} ${head}: ${missing.length} folds, ${seconds.toFixed(2)} s a fold`);
  }
  return Object.keys(done).length === 0 ? null : summarised(set, head, done);
}

/** The shipped recipe with this head; of the recipe's head options those that the head has. */
async function configOf({ root, data }: ResultsOptions, set: SetName, head: string): Promise<RunConfig> {
  const { value } = await loadRunConfig(join(root, 'configs/mil-bags.yaml'), {
    set: [`data.bags=${join(data, `${set}.csv.gz`)}`, `data.folds=${join(data, `${set}_folds.json`)}`],
  });
  const known = Object.keys(heads.get(head).defaults);
  const shared = Object.entries(value.head).filter(([option]) => known.includes(option));
  return { ...value, head: { ...Object.fromEntries(shared), name: head } };
}

async function readDone(path: string): Promise<Record<number, number>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<number, number>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** Mean accuracy, and how much the means of ten folds differ between repeats; folds where there is one repeat. */
function summarised(set: SetName, head: string, done: Readonly<Record<number, number>>): Cell {
  const accuracies = Object.entries(done).map(([fold, accuracy]) => ({ repeat: Math.floor(Number(fold) / FOLDS_IN_REPEAT), accuracy }));
  const mean = average(accuracies.map(({ accuracy }) => accuracy));
  return {
    set,
    head,
    mean,
    deviation: spread(accuracies.map(({ accuracy }) => accuracy)),
    folds: accuracies.length,
    bound: boundOf(set, head),
  };
}

/** Published mean − 2 standard deviations (Ilse et al. 2018, table 1: five runs of ten folds). */
function boundOf(set: SetName, head: string): number | null {
  const published: Readonly<Record<string, Readonly<Record<SetName, readonly [number, number]>>>> = {
    abmil: { musk1: [0.892, 0.04], musk2: [0.858, 0.048], fox: [0.615, 0.043] },
    gabmil: { musk1: [0.9, 0.05], musk2: [0.863, 0.042], fox: [0.603, 0.029] },
  };
  const [mean, deviation] = published[head]?.[set] ?? [null, 0];
  return mean === null ? null : mean - 2 * deviation;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spread(values: readonly number[]): number {
  const mean = average(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1));
}

const nothing = (): void => undefined;
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing } as never;
