import { type Dirent, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { readCsv } from './csv.js';
import { readSeries } from './dicom/find-series.js';
import { slideError } from './errors.js';

/** A slide on disk and the name under which everything made of it is kept. */
export interface SlideFile {
  /** The file's name without its last extension, or what a CSV says. */
  readonly id: string;
  readonly path: string;
}

/** Extensions by which slides are found in folders. */
export const slideExtensions: readonly string[] = Object.freeze(
  ['svs', 'tif', 'tiff', 'btf', 'ndpi', 'mrxs', 'scn', 'bif', 'vms', 'vmu', 'svslide', 'czi', 'dcm'].map((name) => `.${name}`),
);

const PATH_COLUMNS = ['slide_path', 'path'];
const ID_COLUMNS = ['slide', 'slide_id'];

/**
 * Finds slides: files as they are (the files of a DICOM series are one slide), folders searched with all below them, and CSV tables with a column `path` or
 * `slide_path` (relative to the table) or `slide` or `slide_id` (a file beside the table, its extension may be left out).
 * In order of `paths`, folders sorted by name.
 *
 * @throws SlidestreamError `io/*`, `slide/none-found`, `slide/duplicate-id`, `slide/bad-table`
 */
export async function findSlides(paths: readonly string[]): Promise<SlideFile[]> {
  const found: SlideFile[] = [];
  for (const path of paths) {
    const stats = await stat(path).catch((error: unknown) => {
      throw ioError(error, path);
    });
    if (stats.isDirectory()) found.push(...(await searchFolder(path)));
    else if (extname(path).toLowerCase() === '.csv') found.push(...(await readSlideTable(path)));
    else found.push({ id: slideId(path), path });
  }
  if (found.length === 0) {
    throw slideError('slide/none-found', `no slides under ${paths.join(', ') || 'no path'}`, {
      category: 'usage',
      hint: `Slides are found by their extension: ${slideExtensions.join(' ')}`,
    });
  }
  const byId = new Map<string, SlideFile>();
  for (const slide of found) {
    const other = byId.get(slide.id);
    if (other === undefined) byId.set(slide.id, slide);
    else if (resolve(other.path) !== resolve(slide.path)) {
      throw slideError('slide/duplicate-id', `two slides are called ${slide.id}: ${other.path} and ${slide.path}`, {
        category: 'usage',
        where: { slide: slide.id },
        hint: 'Rename one of them, or name them apart in a CSV with the columns slide and path',
      });
    }
  }
  return [...byId.values()];
}

/** A file's name without its last extension, as CLAM names slides. */
export function slideId(path: string): string {
  return basename(path, extname(path));
}

async function searchFolder(folder: string): Promise<SlideFile[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw ioError(error, folder);
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const slides: SlideFile[] = [];
  const dicom: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const extension = extname(entry.name).toLowerCase();
    if (entry.isDirectory()) slides.push(...(await searchFolder(path)));
    else if (extension === '.dcm') dicom.push(path);
    else if (slideExtensions.includes(extension)) slides.push({ id: slideId(path), path });
  }
  return dicom.length === 0 ? slides : [...slides, ...(await groupDicom(folder, dicom, slides.length > 0))];
}

/** The files of a DICOM series are one slide. A folder that holds nothing else is that slide, under its own name. */
async function groupDicom(folder: string, paths: readonly string[], hasOthers: boolean): Promise<SlideFile[]> {
  const seriesOf = await readSeries(paths);
  const known = new Set(seriesOf.values());
  if (known.size === 1 && seriesOf.size === paths.length && !hasOthers) return [{ id: basename(resolve(folder)), path: folder }];
  const firsts = [...known].map((series) => paths.find((path) => seriesOf.get(path) === series) as string);
  // What cannot be read is a slide of its own, so that its error is told.
  const broken = paths.filter((path) => !seriesOf.has(path));
  return [...firsts, ...broken].sort().map((path) => ({ id: slideId(path), path }));
}

async function readSlideTable(table: string): Promise<SlideFile[]> {
  const text = await readFile(table, 'utf8').catch((error: unknown) => {
    throw ioError(error, table);
  });
  const [head, ...rows] = readCsv(text);
  const columnOf = (names: readonly string[]): number => head?.cells.findIndex((cell) => names.includes(cell.trim().toLowerCase())) ?? -1;
  const pathColumn = columnOf(PATH_COLUMNS);
  const idColumn = columnOf(ID_COLUMNS);
  if (pathColumn < 0 && idColumn < 0) {
    throw badTable(table, 1, `a table of slides needs a column ${[...PATH_COLUMNS, ...ID_COLUMNS].join(', ')}`);
  }
  const folder = dirname(table);
  return rows.map(({ cells, line }) => {
    const value = (cells[pathColumn < 0 ? idColumn : pathColumn] ?? '').trim();
    if (value === '') throw badTable(table, line, 'this row names no slide');
    const named = isAbsolute(value) ? value : join(folder, value);
    const path = [named, ...slideExtensions.map((extension) => `${named}${extension}`)].find((name) => existsSync(name));
    if (path === undefined) {
      throw new SlidestreamError({
        code: 'io/not-found',
        category: 'io',
        message: `no such slide: ${value}`,
        where: { file: table, line },
        hint: `Paths in a table are relative to it: ${named} was looked for`,
      });
    }
    const id = pathColumn >= 0 && idColumn >= 0 ? (cells[idColumn] ?? '').trim() : '';
    const known = slideExtensions.includes(extname(id).toLowerCase()) ? slideId(id) : id;
    return { id: known === '' ? slideId(path) : known, path };
  });
}

function badTable(file: string, line: number, message: string): Error {
  return slideError('slide/bad-table', message, { where: { file, line } });
}
