import { SlidestreamError } from '@slidestream/core';
import type { TileScale } from '@slidestream/tiling';

/** Options that say at which scale tiles are cut. */
export interface ScaleOptions {
  readonly patchSize: number;
  readonly step?: number | undefined;
  readonly level?: number | undefined;
  readonly mpp?: number | undefined;
  readonly mag?: number | undefined;
}

/** The one scale that is asked for. @throws SlidestreamError `cli/usage` unless exactly one of level, mpp and mag is given */
export function oneScale({ patchSize, step, level, mpp, mag }: ScaleOptions): TileScale {
  const ways: TileScale['at'][] = [];
  if (level !== undefined) ways.push({ kind: 'level', level });
  if (mpp !== undefined) ways.push({ kind: 'mpp', mpp });
  if (mag !== undefined) ways.push({ kind: 'magnification', magnification: mag });
  const [at] = ways;
  if (at === undefined)
    throw usage('say at which scale: --mpp, --mag or --level', 'A level means another scale in another slide; --mpp 0.5 is 20×');
  if (ways.length > 1) throw usage('give one of --level, --mpp and --mag');
  return { tileSizePx: patchSize, stepPx: step, at };
}

function usage(message: string, hint?: string): SlidestreamError {
  return new SlidestreamError({ code: 'cli/usage', category: 'usage', message, hint });
}
