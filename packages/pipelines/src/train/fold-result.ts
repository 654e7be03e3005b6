import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import type { FoldSummary } from '../summary.js';
import type { PredictionRow, TaskFacts } from './run-task.js';
import type { FeatureScale } from './standardise.js';

/** A bag that was left out, and why. */
export interface LeftOut {
  readonly bag: string;
  readonly slides: readonly string[];
  readonly reason: string;
}

/** Everything that a finished fold leaves behind beside its weights: `results/fold-K.json`. */
export interface FoldResult extends TaskFacts {
  readonly fold: number;
  readonly summary: FoldSummary;
  readonly predictions: readonly PredictionRow[];
  readonly leftOut: readonly LeftOut[];
  /** D of the instance features that the head was built for. */
  readonly featureWidth: number | null;
  /** How the features were standardised; absent where they were not. */
  readonly featureScale?: FeatureScale | undefined;
  readonly seconds: number;
}

function pathOf(run: string, fold: number): string {
  return join(run, 'results', `fold-${fold}.json`);
}

/** Writes the result of a fold; the fold is done when it is there. */
export async function writeFoldResult(run: string, result: FoldResult): Promise<void> {
  const path = pathOf(run, result.fold);
  await mkdir(join(run, 'results'), { recursive: true }).catch((error: unknown) => {
    throw ioError(error, path);
  });
  await writeFileAtomic(path, `${JSON.stringify(result, null, 1)}\n`);
}

/**
 * The result of a fold, or `null` while it is not done. A metric that was not defined is NaN again.
 *
 * @throws SlidestreamError `run/bad-result` when the file is not JSON
 */
export async function readFoldResult(run: string, fold: number): Promise<FoldResult | null> {
  const file = pathOf(run, fold);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw ioError(error, file);
  }
  try {
    const result = JSON.parse(text) as FoldResult;
    return { ...result, summary: JSON.parse(JSON.stringify(result.summary), (_, leaf) => (leaf === null ? Number.NaN : leaf)) };
  } catch (cause) {
    throw new SlidestreamError({
      code: 'run/bad-result',
      category: 'data',
      message: 'is not JSON',
      where: { file },
      hint: 'Remove it and resume the run',
      cause,
    });
  }
}
