import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError } from '@slidestream/core/node';
import type { CopyOptions, CopyReport } from './copy-options.js';
import { type CreateTileStoreOptions, createTileStore } from './create-tile-store.js';
import { EXPORT_TABLE } from './export-tile-store.js';
import { jpegSize } from './jpeg-size.js';
import { openTileStore } from './open-tile-store.js';
import { storeError } from './store-error.js';
import { hasTars, openTars } from './tar-source.js';
import { hasTfrecords, openTfrecords } from './tfrecord-source.js';
import { importedInfo, type SlideInfo, type TileScaleFacts, type TileSource, withoutChecksums } from './tile-source.js';
import type { StoredSlideInfo, StoreHeader } from './types.js';

/** How {@link importTileStore} works. */
export interface ImportOptions extends CopyOptions, CreateTileStoreOptions {
  /** What made the tiles, where the source does not say. */
  readonly creator?: string | undefined;
  /** What the source does not say of its tiles, for all slides. */
  readonly scale?: TileScaleFacts | undefined;
  /** Where the tiles of a slide lie, for sources that do not know: CLAM's coordinates, say. */
  readonly infoOf?: ((slide: string, tileCount: number) => Promise<SlideInfo | null>) | undefined;
}

/**
 * Brings tiles of another tool into a store of ours, with checksums: from an LMDB store of the reference's kind, a folder with one folder of
 * JPEGs a slide, slideflow's TFRecords or hs2p's archives. Goes on where an earlier import ended.
 *
 * @throws SlidestreamError as `openTileStore` and `createTileStore`; `store/import-*`
 */
export async function importTileStore(source: string, target: string, options: ImportOptions = {}): Promise<CopyReport> {
  using from = await openSource(source, options.scale ?? {});
  const header = from.header ?? { ...(await describeTiles(from, source)), creator: options.creator ?? 'unknown' };
  await using writer = await createTileStore(target, header, options);
  let [tiles, kept] = [0, 0];
  for (const [done, slide] of from.slides.entries()) {
    options.signal?.throwIfAborted();
    if (writer.has(slide)) kept++;
    else {
      const info = from.info(slide) ?? (await options.infoOf?.(slide, from.tileCount(slide))) ?? importedInfo([], options.scale);
      await writer.writeSlide(slide, info, from.tiles(slide));
      tiles += from.tileCount(slide);
    }
    options.onSlide?.(slide, done + 1, from.slides.length);
  }
  return { slides: from.slides.length - kept, tiles, kept };
}

async function openSource(source: string, scale: TileScaleFacts): Promise<TileSource> {
  let folder: boolean;
  try {
    folder = (await stat(source)).isDirectory();
  } catch (error) {
    throw ioError(error, source);
  }
  if (folder && !existsSync(join(source, 'data.mdb'))) {
    if (await hasTfrecords(source)) return openTfrecords(source, scale);
    return (await hasTars(source)) ? openTars(source, scale) : openFolder(source);
  }
  const store = openTileStore(source);
  return {
    header: store.header,
    slides: store.slides,
    tileCount: (slide) => store.tileCount(slide),
    info: (slide) => withoutChecksums(store.slideInfo(slide)),
    tiles: (slide) => store.tiles(slide),
    [Symbol.dispose]: () => store.close(),
  };
}

interface ExportTable {
  readonly header: StoreHeader | null;
  readonly slides: readonly { readonly slide: string; readonly folder: string; readonly info: StoredSlideInfo | null }[];
}

async function openFolder(source: string): Promise<TileSource> {
  const table = existsSync(join(source, EXPORT_TABLE)) ? await readTable(source) : undefined;
  const folders = table?.slides ?? (await listFolders(source)).map((folder) => ({ slide: folder, folder, info: null }));
  const files = new Map<string, readonly string[]>();
  for (const { slide, folder } of folders) {
    if (/[\\/]|^\.\.?$|\0/.test(folder))
      throw storeError('import-name', `slides.json names the folder ${JSON.stringify(folder)}`, { file: source });
    files.set(slide, await listTiles(join(source, folder)));
  }
  const infos = new Map(folders.map(({ slide, info }) => [slide, withoutChecksums(info)]));
  const filesOf = (slide: string): readonly string[] => files.get(slide) ?? [];
  return {
    header: table?.header ?? null,
    slides: [...files.keys()],
    tileCount: (slide) => filesOf(slide).length,
    info: (slide) => infos.get(slide) ?? null,
    async *tiles(slide) {
      for (const file of filesOf(slide)) {
        const jpeg = await readFile(file);
        if (jpegSize(jpeg) === undefined) throw storeError('import-jpeg', 'the file is no JPEG', { file, slide });
        yield { jpeg };
      }
    },
    [Symbol.dispose]() {},
  };
}

async function readTable(source: string): Promise<ExportTable> {
  const file = join(source, EXPORT_TABLE);
  try {
    const table = JSON.parse(await readFile(file, 'utf8')) as ExportTable;
    if (!table.slides.every(({ slide, folder }) => typeof slide === 'string' && typeof folder === 'string'))
      throw new TypeError('a slide has no folder');
    return table;
  } catch (cause) {
    throw storeError(
      'import-table',
      'the table of slides cannot be read',
      { file },
      { cause, hint: 'Remove it to import by folder names' },
    );
  }
}

async function listFolders(source: string): Promise<string[]> {
  const entries = await readdir(source, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Tiles of a slide by the last number in their names; without gaps, since the number is the only link to their places. */
async function listTiles(folder: string): Promise<string[]> {
  const byIndex = new Map<number, string>();
  for (const name of await readdir(folder)) {
    const digits = /(\d+)\.jpe?g$/i.exec(name)?.[1];
    if (digits === undefined) continue;
    if (byIndex.has(Number(digits))) throw storeError('import-index', `two files have the number ${Number(digits)}`, { file: folder });
    byIndex.set(Number(digits), join(folder, name));
  }
  return Array.from({ length: byIndex.size }, (_, index) => {
    const file = byIndex.get(index);
    if (file === undefined)
      throw storeError(
        'import-index',
        `tile ${index} of ${byIndex.size} is missing`,
        { file: folder },
        { hint: 'Tiles are numbered from 0 without gaps' },
      );
    return file;
  });
}

/** Tile size from the first tile that there is. */
async function describeTiles(from: TileSource, file: string): Promise<Omit<StoreHeader, 'creator'>> {
  for (const slide of from.slides) {
    for await (const { jpeg } of from.tiles(slide)) {
      const size = jpegSize(jpeg);
      if (size === undefined || size.width !== size.height)
        throw storeError('import-jpeg', 'the first tile is no square JPEG', { file, slide });
      return { formatVersion: 1, tileSizePx: size.width, jpegQuality: null, encoder: 'unknown' };
    }
  }
  throw storeError('import-empty', 'the source holds no tiles', { file });
}
