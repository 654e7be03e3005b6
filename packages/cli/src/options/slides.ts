import { exitCodes } from '../exit-codes.js';
import type { VerbResult } from '../verb.js';
import { parseShard, takeShard } from './shard.js';

/** `slides` or, with `--shard`, the files of this process's part of them. */
export async function slidesOfShard(slides: readonly string[], shard: string | undefined): Promise<readonly string[]> {
  if (shard === undefined) return slides;
  const part = parseShard(shard);
  const { findSlides } = await import('@slidestream/slides');
  return takeShard(await findSlides(slides), part).map(({ path }) => path);
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

/** The result of a verb over many slides: 3 when some were left out, 65 when nothing was done. */
export function resultOverSlides(
  json: object,
  lines: readonly string[],
  counts: { readonly done: number; readonly leftOut: readonly LeftOut[] },
): VerbResult {
  const listed = counts.leftOut.map(({ slide, code, message }) => `  left out ${slide}: ${code}, ${message}`);
  const exitCode = counts.leftOut.length === 0 ? exitCodes.done : counts.done > 0 ? exitCodes.partial : exitCodes.data;
  return { json, text: [...lines, ...listed].join('\n'), exitCode };
}
