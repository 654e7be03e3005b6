import { readFile } from 'node:fs/promises';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import type { Fold, LabelRow } from '@slidestream/labels';

/** Most bytes of a folds file. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Reads folds of bags: JSON with `train[repeat][fold]` = 0-based indices of the training bags, in order of first appearance in the table; all
 * others are the fold's test bags. Folds are numbered repeat after repeat.
 *
 * @throws SlidestreamError `pipelines/bad-folds`, `io/*`
 */
export async function readBagFolds(path: string, rows: readonly LabelRow[]): Promise<Fold[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw ioError(error, path);
  });
  return parseBagFolds(text, path, rows);
}

/** As {@link readBagFolds}, from text. @throws SlidestreamError `pipelines/bad-folds` */
export function parseBagFolds(text: string, file: string, rows: readonly LabelRow[]): Fold[] {
  if (text.length > MOST_BYTES) throw badFolds('is over 64 MiB', file);
  const repeats = trainOf(text, file);
  return repeats.flat().map((indices, fold) => {
    const train = new Set(indices);
    if (train.size !== indices.length) throw badFolds(`fold ${fold} names a bag twice`, file);
    const outside = indices.find((index) => index < 0 || index >= rows.length);
    if (outside !== undefined) throw badFolds(`fold ${fold} names bag ${outside} of ${rows.length}`, file);
    if (train.size === rows.length) throw badFolds(`fold ${fold} leaves no bag for testing`, file);
    const part = (inTraining: boolean): LabelRow[] => rows.filter((_, i) => train.has(i) === inTraining);
    return { fold, train: part(true), val: [], test: part(false) };
  });
}

function trainOf(text: string, file: string): number[][][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw badFolds('is not JSON', file, cause);
  }
  const train = (parsed as { train?: unknown } | null)?.train;
  const isList = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0;
  const right =
    isList(train) && train.every((repeat) => isList(repeat) && repeat.every((fold) => isList(fold) && fold.every(Number.isInteger)));
  if (!right) throw badFolds('must hold train[repeat][fold] = indices of training bags', file);
  return train as number[][][];
}

function badFolds(message: string, file: string, cause?: unknown): SlidestreamError {
  return new SlidestreamError({ code: 'pipelines/bad-folds', category: 'data', message, where: { file }, cause });
}
