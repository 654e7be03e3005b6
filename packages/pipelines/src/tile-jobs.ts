import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { findSlides, type SlideFile, slideId } from '@slidestream/slides';
import {
  checkParameters,
  type ProcessRequest,
  parsePixelSizes,
  parseProcessList,
  resolveParameters,
  type TilingParameters,
} from '@slidestream/tiling';

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
  /** Path of a CSV with pixel sizes (`slide,mpp` or `wsi,mpp`) that stand above what the slides say. */
  readonly pixelSizes?: string | undefined;
}

/** Jobs, and how many slides were found that the process list does not name. */
export interface TileJobs {
  readonly jobs: readonly TileJob[];
  readonly unlisted: number;
}

/**
 * Slides found, joined with the process list and the pixel sizes when there are such.
 *
 * @throws SlidestreamError `io/*`, `slide/*` of the search, `tiling/bad-table`, `tiling/bad-parameter` with the list's line
 * @throws SlidestreamError `tile/pixel-sizes-match-nothing` when a table of pixel sizes names none of the slides
 */
export async function tileJobs(sources: TileJobSources): Promise<TileJobs> {
  const found = await findSlides(sources.slides);
  for (const slide of found) checkSlideId(slide.id);
  const sizes = sources.pixelSizes === undefined ? undefined : await pixelSizes(sources.pixelSizes, found);
  if (sources.processList === undefined) {
    const jobs = found.map((slide) => ({
      ...slide,
      listedAs: basename(slide.path),
      parameters: sources.parameters,
      mpp: sizes?.get(slide.id),
      process: true,
      status: undefined,
    }));
    return { jobs, unlisted: 0 };
  }
  const list = sources.processList;
  const byName = namesOf(found);
  const taken = new Map<string, number>();
  const jobs: TileJob[] = [];
  for (const request of parseProcessList(await textOf(list), list)) {
    const job = await jobOf(request, byName, sources.parameters, list);
    const before = taken.get(job.id);
    if (before !== undefined) throw doubled(request, before, list);
    taken.set(job.id, request.line);
    jobs.push({ ...job, mpp: job.mpp ?? sizes?.get(job.id) });
  }
  return { jobs, unlisted: found.filter(({ id }) => !taken.has(id)).length };
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw ioError(error, file);
  });
}

/** Slides by id and by file name: lists have either, with or without extension. */
function namesOf(found: readonly SlideFile[]): ReadonlyMap<string, SlideFile> {
  const byName = new Map<string, SlideFile>();
  for (const slide of found) {
    byName.set(slide.id, slide);
    byName.set(basename(slide.path), slide);
  }
  return byName;
}

function findNamed(name: string, byName: ReadonlyMap<string, SlideFile>): SlideFile | undefined {
  return byName.get(name) ?? byName.get(basename(name)) ?? byName.get(slideId(name));
}

/** Pixel size by slide id; rows of slides that are not asked for are left alone, a table without any of them is the wrong one. */
async function pixelSizes(file: string, found: readonly SlideFile[]): Promise<ReadonlyMap<string, number>> {
  const byName = namesOf(found);
  const sizes = new Map<string, number>();
  const rows = parsePixelSizes(await textOf(file), file);
  for (const { slide, mpp, line } of rows) {
    const id = findNamed(slide, byName)?.id;
    if (id === undefined) continue;
    if (sizes.has(id)) {
      const message = `${slide} is a slide that another row names, too`;
      throw new SlidestreamError({ code: 'tiling/bad-table', category: 'usage', message, where: { file, line } });
    }
    sizes.set(id, mpp);
  }
  if (sizes.size > 0 || rows.length === 0) return sizes;
  throw new SlidestreamError({
    code: 'tile/pixel-sizes-match-nothing',
    category: 'usage',
    message: `none of its ${rows.length} rows names one of the ${found.length} slides`,
    where: { file },
    hint: `The slides are called ${found
      .slice(0, 3)
      .map(({ id }) => id)
      .join(', ')}`,
  });
}

async function jobOf(
  request: ProcessRequest,
  byName: ReadonlyMap<string, SlideFile>,
  base: TilingParameters,
  file: string,
): Promise<TileJob> {
  const slide = findNamed(request.slideId, byName);
  let parameters: TilingParameters;
  try {
    const from = request.preset === undefined ? base : await resolveParameters({ preset: request.preset });
    parameters = checkParameters({ ...from, ...request.parameters });
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
