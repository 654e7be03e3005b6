import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import { formatPredictions, type PredictionTable, parsePredictions } from './predictions.js';
import { type LogRecord, openRunLog, parseRunLog, type RunLog, type RunLogOptions } from './run-folder-log.js';
import { checkSameRun, parseManifest, type RunManifest } from './run-folder-manifest.js';
import { formatSummary, parseSummary, type RunSummary } from './summary.js';

/** The files of a run, each written beside its name and renamed: what is there is complete. */
export interface RunFolder {
  readonly path: string;
  /** `config.resolved.yaml`. */
  readonly configPath: string;
  /** `checkpoints/`. */
  readonly checkpoints: string;
  /** `run.json`; `null` when the run was not started. */
  manifest(): Promise<RunManifest | null>;
  /** Writes `run.json`, or, when there is one, refuses other parameters and leaves it. */
  start(manifest: RunManifest): Promise<'started' | 'resumed'>;
  openLog(options?: RunLogOptions): Promise<RunLog>;
  log(): Promise<LogRecord[]>;
  writePredictions(table: PredictionTable): Promise<void>;
  predictions(): Promise<PredictionTable>;
  writeSummary(summary: RunSummary): Promise<void>;
  /** `null` while the run is not finished. */
  summary(): Promise<RunSummary | null>;
}

/**
 * The run folder at `path`; nothing is made before it is started.
 *
 * @throws SlidestreamError `io/*`; its methods also `run/*` when a file is not what it should be
 * @example
 * ```ts
 * const run = await openRunFolder('runs/first');
 * await run.writeSummary(summarise({ task: 'classification', folds, seconds, seed }));
 * ```
 */
export async function openRunFolder(path: string): Promise<RunFolder> {
  const at = (name: string): string => join(path, name);
  const checkpoints = at('checkpoints');
  const manifest = async (): Promise<RunManifest | null> => {
    const text = await optionalText(at('run.json'));
    return text === null ? null : parseManifest(text, at('run.json'));
  };
  return {
    path,
    configPath: at('config.resolved.yaml'),
    checkpoints,
    manifest,
    start: async (now) => {
      const before = await manifest();
      if (before !== null) {
        checkSameRun(before, JSON.parse(JSON.stringify(now)) as RunManifest, at('run.json'));
        return 'resumed';
      }
      await mkdir(checkpoints, { recursive: true }).catch((error: unknown) => {
        throw ioError(error, path);
      });
      await writeFileAtomic(at('run.json'), `${JSON.stringify(now, null, 2)}\n`);
      return 'started';
    },
    openLog: (options) => openRunLog(at('metrics.jsonl'), options),
    log: async () => parseRunLog((await optionalText(at('metrics.jsonl'))) ?? '', at('metrics.jsonl')),
    writePredictions: (table) => writeFileAtomic(at('predictions.csv'), formatPredictions(table)),
    predictions: async () => parsePredictions(await text(at('predictions.csv')), at('predictions.csv')),
    writeSummary: (summary) => writeFileAtomic(at('summary.json'), formatSummary(summary)),
    summary: async () => {
      const content = await optionalText(at('summary.json'));
      return content === null ? null : parseSummary(content, at('summary.json'));
    },
  };
}

/** A folder that holds no run. */
export function notARun(file: string): SlidestreamError {
  return new SlidestreamError({
    code: 'run/not-a-run',
    category: 'usage',
    message: 'this folder holds no run',
    where: { file },
    hint: 'Name the folder that --out of train or run named',
  });
}

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw ioError(error, path);
  }
}

async function optionalText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw ioError(error, path);
  }
}
