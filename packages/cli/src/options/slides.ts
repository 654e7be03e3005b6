import { exitCodes } from '../exit-codes.js';
import type { VerbResult } from '../verb.js';
import { parseShard } from './shard.js';

/** `slides` or, with `--shard`, the files of this process's part of them. */
export async function slidesOfShard(slides: readonly string[], shard: string | undefined): Promise<readonly string[]> {
  if (shard === undefined) return slides;
  const part = parseShard(shard);
  const [{ findSlides }, { inShard }] = await Promise.all([import('@slidestream/slides'), import('@slidestream/pipelines')]);
  return (await findSlides(slides)).filter(({ id }) => inShard(id, part)).map(({ path }) => path);
}

/** A slide that was left out, as verbs list it. */
export interface LeftOut {
  readonly slide: string;
  readonly code: string;
  readonly message: string;
}

/** What a recipe left out, as verbs list it. */
export function leftOutOf(
  failures: readonly { readonly slide: string; readonly error: { readonly code: string; readonly message: string } }[],
): LeftOut[] {
  return failures.map(({ slide, error }) => ({ slide, code: error.code, message: error.message }));
}

/**
 * The result of a verb over many slides: 3 when some were left out, 65 when nothing was done. With `minSuccess` the share of slides that are done
 * decides: 0 from there on, 65 below.
 */
export function resultOverSlides(
  json: object,
  lines: readonly string[],
  counts: { readonly done: number; readonly leftOut: readonly LeftOut[]; readonly minSuccess?: number | undefined },
): VerbResult {
  const { done, leftOut, minSuccess } = counts;
  const listed = leftOut.map(({ slide, code, message }) => `  left out ${slide}: ${code}, ${message}`);
  const share = done / Math.max(1, done + leftOut.length);
  if (minSuccess !== undefined) {
    const enough = share >= minSuccess;
    const verdict = `  ${(100 * share).toFixed(1)} % of the slides are done, ${enough ? 'at least' : 'less than'} the ${100 * minSuccess} % asked for`;
    return { json, text: [...lines, ...listed, verdict].join('\n'), exitCode: enough ? exitCodes.done : exitCodes.data };
  }
  const exitCode = leftOut.length === 0 ? exitCodes.done : done > 0 ? exitCodes.partial : exitCodes.data;
  return { json, text: [...lines, ...listed].join('\n'), exitCode };
}
