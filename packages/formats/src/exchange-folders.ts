import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ioError } from '@slidestream/core/node';
import type { FeatureSystem } from './feature-bag.js';
import { formatError } from './format-error.js';
import { HS2P_ENDING } from './hs2p-coords.js';
import type { CoordsSystem, TileCoords } from './tile-coords.js';

/** One slide's file in a folder of another system. */
export interface ExchangeFile {
  readonly slide: string;
  readonly path: string;
}

const TRIDENT_FOLDER = /^[\d.]+x_\d+px_-?\d+px_overlap$/;

async function list(folder: string): Promise<{ readonly files: readonly string[]; readonly folders: readonly string[] }> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = (wanted: 'isFile' | 'isDirectory'): string[] =>
      entries
        .filter((entry) => entry[wanted]() && !entry.name.startsWith('.'))
        .map(({ name }) => name)
        .sort();
    return { files: names('isFile'), folders: names('isDirectory') };
  } catch (error) {
    throw ioError(error, folder);
  }
}

async function filesIn(folder: string, ending: RegExp): Promise<ExchangeFile[]> {
  const { files } = await list(folder);
  return files.filter((name) => ending.test(name)).map((name) => ({ slide: name.replace(ending, ''), path: join(folder, name) }));
}

/** The only folder that matches, where the files do not lie in `root` itself. @throws SlidestreamError `format/folder-which` */
async function only(root: string, pattern: RegExp, what: string): Promise<string> {
  const { folders } = await list(root);
  const found = folders.filter((name) => pattern.test(name));
  if (found.length > 1)
    throw formatError('folder-which', `${found.length} folders hold ${what}: ${found.slice(0, 10).join(', ')}`, { file: root }, 'Name one');
  return found[0] === undefined ? root : join(root, found[0]);
}

const below = (root: string, name: string): string => (existsSync(join(root, name)) ? join(root, name) : root);

async function single(path: string, endings: RegExp): Promise<ExchangeFile[] | undefined> {
  const stats = await stat(path).catch((error: unknown) => {
    throw ioError(error, path);
  });
  return stats.isDirectory() ? undefined : [{ slide: basename(path).replace(endings, ''), path }];
}

function found(files: ExchangeFile[], root: string, what: string): ExchangeFile[] {
  const ids = new Set<string>();
  for (const { slide } of files) {
    if (ids.has(slide)) throw formatError('folder-twice', `two files are of slide ${slide}`, { file: root, slide });
    ids.add(slide);
  }
  if (files.length > 0) return files;
  throw formatError('folder-empty', `the folder holds no ${what}`, { file: root }, 'Is it of this system? --from names it');
}

/**
 * Files of tile coordinates in the folder that a system writes to, or in one of its subfolders; a path of one file is itself.
 *
 * @throws SlidestreamError `format/folder-*`, `io/*`
 */
export async function findCoordsFiles(root: string, system: CoordsSystem): Promise<ExchangeFile[]> {
  const endings = system === 'trident' ? /(_patches)?\.h5$/ : system === 'hs2p' ? /\.coordinates\.npz$/ : /\.h5$/;
  const one = await single(root, endings);
  if (one !== undefined) return one;
  if (system === 'hs2p') return found(await filesIn(below(root, 'tiles'), endings), root, '.coordinates.npz');
  const job = system === 'trident' ? await only(root, TRIDENT_FOLDER, 'coordinates') : root;
  return found(await filesIn(below(job, 'patches'), endings), root, `coordinates (${system})`);
}

/**
 * Where a system keeps the coordinates of a slide under `root`.
 *
 * @throws SlidestreamError `format/unsafe-name`
 */
export function coordsPath(root: string, tiles: TileCoords, system: CoordsSystem): string {
  const slide = safeName(tiles.slide);
  if (system === 'hs2p') return join(root, basename(root) === 'tiles' ? '' : 'tiles', `${slide}${HS2P_ENDING}`);
  const own = basename(root) === 'patches' ? root : join(tridentFolder(root, tiles, system), 'patches');
  return join(own, system === 'trident' ? `${slide}_patches.h5` : `${slide}.h5`);
}

function tridentFolder(root: string, { facts, origin }: TileCoords, system: CoordsSystem): string {
  if (system !== 'trident' || TRIDENT_FOLDER.test(basename(root))) return root;
  const said = (name: string): unknown => (origin?.system === 'trident' ? origin.coords[name]?.value : undefined);
  const magnification = said('target_magnification') ?? facts.targetMagnification ?? 'unknown';
  return join(root, `${magnification}x_${said('patch_size') ?? facts.sizePx}px_${said('overlap') ?? facts.overlapPx ?? 0}px_overlap`);
}

/** A slide id as a file's name; ids come from files of others, so that one that leads elsewhere is refused. @throws SlidestreamError `format/unsafe-name` */
export function safeName(slide: string): string {
  if (slide !== '' && slide !== '.' && slide !== '..' && !/[/\\\0]/.test(slide) && Buffer.byteLength(slide) <= 200) return slide;
  throw formatError('unsafe-name', 'this slide id cannot be the name of a file', { slide: slide.slice(0, 100) });
}

async function nested(folder: string, ending: RegExp, depth: number): Promise<ExchangeFile[]> {
  const { folders } = await list(folder);
  const deeper = depth === 0 ? [] : await Promise.all(folders.map((name) => nested(join(folder, name), ending, depth - 1)));
  return [...(await filesIn(folder, ending)), ...deeper.flat()];
}

/**
 * Files of features in the folder that a system writes to, or in one of its subfolders; a path of one file is itself.
 *
 * @throws SlidestreamError `format/folder-*`, `io/*`
 */
export async function findFeatureFiles(root: string, system: FeatureSystem, encoder?: string): Promise<ExchangeFile[]> {
  const one = await single(root, /\.(h5|pt|npz|safetensors)$/);
  if (one !== undefined) return one;
  const what = `features (${system})`;
  switch (system) {
    case 'clam': {
      const full = await filesIn(below(root, 'h5_files'), /\.h5$/);
      const ids = new Set(full.map(({ slide }) => slide));
      // Slides that have no coordinates stand in pt_files alone.
      const bare = await filesIn(below(root, 'pt_files'), /\.pt$/);
      return found([...full, ...bare.filter(({ slide }) => !ids.has(slide))], root, what);
    }
    case 'trident': {
      const folder = encoder === undefined ? await only(root, /^features_/, what) : below(root, `features_${encoder}`);
      return found(await filesIn(folder, /\.h5$/), root, what);
    }
    case 'stamp':
      return found(await nested(root, /\.h5$/, 6), root, what);
    case 'atlaspatch':
      return found(await filesIn(below(root, 'patches'), /\.h5$/), root, what);
    case 'slide2vec':
      return found(await filesIn(below(root, 'tile_embeddings'), /\.(pt|npz)$/), root, what);
    case 'slideflow':
      return found(await filesIn(root, /\.pt$/), root, what);
    default:
      return found(await filesIn(root, /\.(safetensors|h5|pt)$/), root, what);
  }
}

/** Makes a folder and those above it. @throws SlidestreamError `io/*` */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw ioError(error, folder);
  });
}
