import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import type { ScaleLimits, TileScale, TilingParameters } from '@slidestream/tiling';
import type { RecordedChoice } from './tile-choice.js';
import { readTileGrid } from './tile-coords.js';

/** What decides the tiles of a folder: a run with other settings does not go on in it. */
export interface TileSettings {
  readonly format: 1;
  /** Scales in order; the first one's coordinates are in `patches/`. */
  readonly scales: readonly (TileScale & { readonly name: string })[];
  readonly parameters: TilingParameters;
  /** Where other than the default: how scales are matched to levels, and which tiles of the grid are kept. */
  readonly limits?: ScaleLimits | undefined;
  readonly choice?: RecordedChoice | undefined;
}

/** Where everything of a tiling run lies. */
export interface TileFolder {
  readonly root: string;
  readonly processList: string;
  /** `patches/{slide}.h5` of a scale: `patches/` for the first, `patches-{name}/` for others. */
  coords(scale: string, slide: string): string;
  mask(slide: string): string;
  stitch(slide: string): string;
  contours(slide: string): string;
  /** `contact/{slide}.png` */
  contactSheet(slide: string): string;
  /** `rejected/{slide}.json`, where tiles may be left out. */
  rejected(slide: string): string;
}

const SETTINGS = 'tiling.json';

/** The folder's paths; nothing is made or checked. Readers of a tiled folder (pack, embed) start here. */
export function tileFolder(root: string, scales: readonly string[]): TileFolder {
  return {
    root,
    processList: join(root, 'process_list_autogen.csv'),
    coords: (scale, slide) => join(root, scale === scales[0] ? 'patches' : `patches-${scale}`, `${slide}.h5`),
    mask: (slide) => join(root, 'masks', `${slide}.jpg`),
    stitch: (slide) => join(root, 'stitches', `${slide}.jpg`),
    contours: (slide) => join(root, 'contours', `${slide}.geojson`),
    contactSheet: (slide) => join(root, 'contact', `${slide}.png`),
    rejected: (slide) => join(root, 'rejected', `${slide}.json`),
  };
}

/**
 * Makes the folder, or opens one that was made with the same settings.
 *
 * @throws SlidestreamError `tile/other-settings` with the list of differences, `tile/bad-settings`, `io/*`
 */
export async function openTileFolder(root: string, settings: TileSettings): Promise<TileFolder> {
  const names = settings.scales.map(({ name }) => name);
  const folder = tileFolder(root, names);
  const file = join(root, SETTINGS);
  try {
    const pictures = [folder.mask('x'), folder.stitch('x'), folder.contactSheet('x')];
    const lists = settings.choice === undefined ? [] : [folder.rejected('x')];
    for (const path of [...names.map((name) => folder.coords(name, 'x')), ...pictures, ...lists, folder.contours('x')]) {
      await mkdir(join(path, '..'), { recursive: true });
    }
  } catch (error) {
    throw ioError(error, root);
  }
  const before = await readTileSettings(root);
  if (before === null) {
    await writeFileAtomic(file, `${JSON.stringify(settings, null, 2)}\n`);
    return folder;
  }
  const list = differences('', before, JSON.parse(JSON.stringify(settings)) as unknown);
  if (list.length === 0) return folder;
  throw new SlidestreamError({
    code: 'tile/other-settings',
    category: 'usage',
    message: `the folder was tiled with other settings (${list.join('; ')})`,
    where: { file },
    hint: 'Go on with the same settings, or choose another folder',
  });
}

/** Settings with which a folder was tiled; `null` when none are there: a folder of CLAM's. @throws SlidestreamError `tile/bad-settings`, `io/*` */
export async function readTileSettings(root: string): Promise<TileSettings | null> {
  const file = join(root, SETTINGS);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw ioError(error, file);
  });
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as TileSettings | null;
    if (value?.format === 1 && Array.isArray(value.scales)) return value;
  } catch {
    // Said below.
  }
  throw new SlidestreamError({
    code: 'tile/bad-settings',
    category: 'data',
    message: 'holds no tiling settings of format 1',
    where: { file },
  });
}

/** Tiles per scale of a slide that is complete in the folder; `null` when it has to be done. */
export async function finishedTiles(folder: TileFolder, scales: readonly string[], slide: string): Promise<Record<string, number> | null> {
  const [first = ''] = scales;
  const recorded = await recordedTiles(folder.contours(slide));
  // The first scale's coordinates are written last: with them, or with a record that there are none, all of a slide is there.
  if (recorded !== null) return recorded[first] === 0 || (await isFile(folder.coords(first, slide))) ? recorded : null;
  if (!(await isFile(folder.coords(first, slide)))) return null;
  const counts: Record<string, number> = {};
  for (const scale of scales) {
    const path = folder.coords(scale, slide);
    counts[scale] = (await isFile(path)) ? (await readTileGrid(path)).coords.length / 2 : 0;
  }
  return counts;
}

/** The tile counts that our GeoJSON carries as a foreign member. */
async function recordedTiles(path: string): Promise<Record<string, number> | null> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as { slidestream?: { tiles?: Record<string, number> } } | null;
    return value?.slidestream?.tiles ?? null;
  } catch (error) {
    if (isSlidestreamError(error) || !(error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT'))
      throw ioError(error, path);
    return null;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw ioError(error, path);
  }
}

function differences(key: string, before: unknown, now: unknown): string[] {
  if (isRecord(before) && isRecord(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
    return names.flatMap((name) => differences(key === '' ? name : `${key}.${name}`, before[name], now[name]));
  }
  const [old, own] = [JSON.stringify(before), JSON.stringify(now)];
  return old === own ? [] : [`${key}: ${old ?? 'absent'} → ${own ?? 'absent'}`];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
