import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { findSlides, type SlideFile, slideId } from '@slidestream/slides';
import { checkParameters, type ProcessRequest, parseProcessList, type TilingParameters } from '@slidestream/tiling';

/** One slide that a tiling run is asked for. */
export interface TileJob {
  readonly id: string;
  /** `null` when the process list names a slide that is not there. */
  readonly path: string | null;
  /** Name in the process list: the file's name with its extension, as CLAM has it. */
  readonly listedAs: string;
  readonly parameters: TilingParameters;
  /** Given for this slide; stands above what the file says. */
  readonly mpp: number | undefined;
  /** `false` where the process list says 0. */
  readonly process: boolean;
  /** What the process list said before. */
  readonly status: string | undefined;
}

/** Where jobs come from. */
export interface TileJobSources {
  /** Files, folders, or CSV tables of slides. */
  readonly slides: readonly string[];
  /** Parameters of slides that no list says otherwise of. */
  readonly parameters: TilingParameters;
  /** Path of a process list: only its slides are taken, with its parameters on top. */
  readonly processList?: string | undefined;
}

/** Jobs, and how many slides were found that the process list does not name. */
export interface TileJobs {
  readonly jobs: readonly TileJob[];
  readonly unlisted: number;
}

/**
 * Slides found, joined with the process list when there is one.
 *
 * @throws SlidestreamError `io/*`, `slide/*` of the search, `tiling/bad-table`, `tiling/bad-parameter` with the list's line
 */
export async function tileJobs(sources: TileJobSources): Promise<TileJobs> {
  const found = await findSlides(sources.slides);
  for (const slide of found) checkSlideId(slide.id);
  if (sources.processList === undefined) {
    const jobs = found.map((slide) => ({
      ...slide,
      listedAs: basename(slide.path),
      parameters: sources.parameters,
      mpp: undefined,
      process: true,
      status: undefined,
    }));
    return { jobs, unlisted: 0 };
  }
  const list = sources.processList;
  const text = await readFile(list, 'utf8').catch((error: unknown) => {
    throw ioError(error, list);
  });
  const byName = new Map<string, SlideFile>();
  for (const slide of found) {
    byName.set(slide.id, slide);
    byName.set(basename(slide.path), slide);
  }
  const taken = new Map<string, number>();
  const jobs = parseProcessList(text, list).map((request) => {
    const job = jobOf(request, byName, sources.parameters, list);
    const before = taken.get(job.id);
    if (before !== undefined) throw doubled(request, before, list);
    taken.set(job.id, request.line);
    return job;
  });
  return { jobs, unlisted: found.filter(({ id }) => !taken.has(id)).length };
}

function jobOf(request: ProcessRequest, byName: ReadonlyMap<string, SlideFile>, base: TilingParameters, file: string): TileJob {
  const slide = byName.get(request.slideId) ?? byName.get(basename(request.slideId)) ?? byName.get(slideId(request.slideId));
  let parameters: TilingParameters;
  try {
    parameters = checkParameters({ ...base, ...request.parameters });
  } catch (error) {
    if (!(error instanceof SlidestreamError)) throw error;
    throw new SlidestreamError({ ...error, message: error.what, where: { ...error.where, file, line: request.line } });
  }
  const { process, status, mpp } = request;
  const id = slide?.id ?? slideId(request.slideId);
  checkSlideId(id);
  return {
    id,
    path: slide?.path ?? null,
    listedAs: slide === undefined ? basename(request.slideId) : basename(slide.path),
    parameters,
    mpp,
    process,
    status,
  };
}

/** Slide ids become file names: one that would leave its folder, or that file systems cannot hold, is refused. @throws SlidestreamError `tile/bad-slide-id` */
function checkSlideId(id: string): void {
  const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const unsafe = /[\u0000-\u001f/\\:*?"<>|]/;
  if (id !== '' && id !== '.' && id !== '..' && !unsafe.test(id) && !reserved.test(id) && Buffer.byteLength(id) <= 200) return;
  throw new SlidestreamError({
    code: 'tile/bad-slide-id',
    category: 'usage',
    message: `${JSON.stringify(id)} cannot name a slide: it becomes the name of its files`,
    hint: 'Name the slide apart in a CSV with the columns slide and path',
  });
}

function doubled(request: ProcessRequest, before: number, file: string): SlidestreamError {
  return new SlidestreamError({
    code: 'tiling/bad-table',
    category: 'usage',
    message: `${request.slideId} is the slide of line ${before}, too`,
    where: { file, line: request.line },
  });
}
