import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError } from '@slidestream/core/node';
import { jpegSize } from './jpeg-size.js';
import { storeError } from './store-error.js';
import { parseTarHeader, TAR_BLOCK } from './tar.js';
import { importedInfo, type SlideInfo, type TileScaleFacts, type TileSource } from './tile-source.js';

/** Ending of hs2p's archives of tiles, and of the tables beside them. */
export const TAR_ENDING = '.tiles.tar';
export const MANIFEST_ENDING = '.tiles.manifest.csv';

const MAX_TILE = 1 << 26;

/** Whether a folder holds hs2p's archives of tiles. */
export async function hasTars(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => name.endsWith(TAR_ENDING));
}

async function* readTar(file: string): AsyncGenerator<{ readonly name: string; readonly content: Uint8Array }> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw ioError(error, file);
  });
  try {
    const { size } = await handle.stat();
    for (let offset = 0; offset + TAR_BLOCK <= size; ) {
      const place = { file, offset };
      const header = new Uint8Array(TAR_BLOCK);
      await handle.read(header, 0, TAR_BLOCK, offset);
      const member = parseTarHeader(header, size - offset - TAR_BLOCK, place);
      if (member === null) return;
      if (member.kind === 'file') {
        if (member.size > MAX_TILE) throw storeError('import-tar', `${member.name} has ${member.size} bytes`, place);
        const content = new Uint8Array(member.size);
        await handle.read(content, 0, member.size, offset + TAR_BLOCK);
        yield { name: member.name, content };
      }
      offset += TAR_BLOCK + Math.ceil(member.size / TAR_BLOCK) * TAR_BLOCK;
    }
  } finally {
    await handle.close();
  }
}

interface Archive {
  readonly file: string;
  readonly count: number;
  readonly info: SlideInfo;
}

/**
 * A folder of hs2p's `{id}.tiles.tar`, with their `{id}.tiles.manifest.csv` (`tile_index, x, y`, corners at level 0) where there are any.
 *
 * @throws SlidestreamError `store/import-tar`, `io/*`
 */
export async function openTars(folder: string, facts: TileScaleFacts): Promise<TileSource> {
  const names = await readdir(folder);
  const archives = new Map<string, Archive>();
  for (const name of names.filter((one) => one.endsWith(TAR_ENDING)).sort()) {
    const slide = name.slice(0, -TAR_ENDING.length);
    const file = join(folder, name);
    let count = 0;
    for await (const { name: member } of readTar(file)) if (checkName(member, count, file)) count++;
    const manifest = `${slide}${MANIFEST_ENDING}`;
    const coords = names.includes(manifest) ? await readManifest(join(folder, manifest), count) : [];
    archives.set(slide, { file, count, info: importedInfo(coords, facts) });
  }
  const of = (slide: string): Archive => archives.get(slide) as Archive;
  return {
    header: null,
    slides: [...archives.keys()],
    tileCount: (slide) => of(slide).count,
    info: (slide) => of(slide).info,
    async *tiles(slide) {
      const { file } = of(slide);
      for await (const { name, content } of readTar(file)) {
        if (jpegSize(content) === undefined) throw storeError('import-jpeg', `${name} is no JPEG`, { file, slide });
        yield { jpeg: content };
      }
    },
    [Symbol.dispose]() {},
  };
}

/** Members are numbered from 0 in order: the number is the only link to their places. */
function checkName(name: string, index: number, file: string): boolean {
  if (Number(/^(\d+)\.jpe?g$/i.exec(name)?.[1] ?? Number.NaN) === index) return true;
  throw storeError('import-tar', `member ${index} is called ${JSON.stringify(name.slice(0, 100))}`, { file });
}

async function readManifest(file: string, count: number): Promise<number[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw ioError(error, file);
  });
  const [header, ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  if (header !== 'tile_index,x,y') throw storeError('import-tar', 'the columns are not tile_index, x and y', { file, line: 1 });
  const coords = lines.flatMap((line, index) => {
    const [number, x, y, more] = line.split(',').map(Number);
    if (number === index && x !== undefined && y !== undefined && more === undefined && Number.isFinite(x) && Number.isFinite(y))
      return [x, y];
    throw storeError('import-tar', `the line is not that of tile ${index}`, { file, line: index + 2 });
  });
  if (coords.length === 2 * count) return coords;
  throw storeError('import-tar', `${coords.length / 2} places for ${count} tiles`, { file });
}
