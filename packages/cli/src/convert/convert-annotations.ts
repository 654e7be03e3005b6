import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import type { QuPathFile } from '@slidestream/formats';
import type { LeftOut } from '../options/slides.js';
import type { VerbContext } from '../verb.js';

/** Systems whose annotations are converted: ours are QuPath's. */
export const annotationSystems = ['qupath', 'trident', 'slideflow', 'wsinfer'] as const;
type AnnotationSystem = (typeof annotationSystems)[number];

/** Largest file of annotations of one slide: a million tiles are a tenth of it. */
const MAX_BYTES = 2 ** 30;

const endingOf = (system: AnnotationSystem): string => (system === 'slideflow' || system === 'wsinfer' ? '.csv' : '.geojson');

async function parse(text: string, file: string, system: AnnotationSystem): Promise<QuPathFile> {
  const formats = await import('@slidestream/formats');
  if (endingOf(system) === '.geojson') return formats.parseQuPathFile(text, file);
  const { readCsv } = await import('@slidestream/labels');
  const rows = readCsv(text, file).map(({ fields }) => fields);
  const features = system === 'wsinfer' ? formats.tilesOfWsinfer(rows, file) : formats.annotationsOfSlideflow(rows, file);
  return { features, members: {} };
}

async function format(annotations: QuPathFile, slide: string, system: AnnotationSystem): Promise<string> {
  const { formatQuPath, formatTridentContours, slideflowRows, wsinferRows } = await import('@slidestream/formats');
  if (system === 'qupath') return formatQuPath(annotations.features, annotations.members);
  if (system === 'trident') return formatTridentContours(annotations, slide);
  const { formatCsv } = await import('@slidestream/labels');
  return formatCsv(system === 'wsinfer' ? wsinferRows(annotations.features) : slideflowRows(annotations.features));
}

async function filesOf(from: string, system: AnnotationSystem): Promise<string[]> {
  try {
    if (!(await stat(from)).isDirectory()) return [from];
    const endings = system === 'qupath' ? ['.geojson', '.json'] : [endingOf(system)];
    const names = (await readdir(from)).filter((name) => endings.includes(extname(name))).sort();
    if (names.length > 0) return names.map((name) => join(from, name));
  } catch (error) {
    throw ioError(error, from);
  }
  throw new SlidestreamError({
    code: 'cli/nothing-found',
    category: 'usage',
    message: `no ${endingOf(system)} files`,
    where: { file: from },
  });
}

/** What the conversion gave. */
export interface ConvertedAnnotations {
  readonly slides: readonly { readonly slide: string; readonly objects: number; readonly file: string }[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Converts annotations file by file, from a folder or one file into a folder; a file that cannot be converted is left out and listed.
 *
 * @throws SlidestreamError `io/*`, `cli/nothing-found`
 */
export async function convertAnnotations(
  { from, to, fromSystem, toSystem }: { from: string; to: string; fromSystem: AnnotationSystem; toSystem: AnnotationSystem },
  { onProgress, signal }: Pick<VerbContext, 'onProgress' | 'signal'>,
): Promise<ConvertedAnnotations> {
  const files = await filesOf(from, fromSystem);
  const slides: { slide: string; objects: number; file: string }[] = [];
  const leftOut: LeftOut[] = [];
  for (const [index, file] of files.entries()) {
    signal.throwIfAborted();
    const slide = basename(file, extname(file));
    try {
      const annotations = await parse(await readText(file), file, fromSystem);
      const target = join(to, `${slide}${endingOf(toSystem)}`);
      const text = await format(annotations, slide, toSystem);
      await mkdir(dirname(target), { recursive: true }).catch((error: unknown) => {
        throw ioError(error, to);
      });
      await writeFileAtomic(target, text);
      slides.push({ slide, objects: annotations.features.length, file: target });
    } catch (error) {
      if (!isSlidestreamError(error) || error.category !== 'data') throw error;
      leftOut.push({ slide, code: error.code, message: error.what });
    }
    onProgress({ unit: 'slides', done: index + 1, total: files.length, current: slide });
  }
  return { slides, leftOut };
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file, 'utf8');
  } catch (error) {
    throw ioError(error, file);
  }
  throw new SlidestreamError({ code: 'cli/too-large', category: 'data', message: 'the file is over 1 GiB', where: { file } });
}
