import { readFile } from 'node:fs/promises';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import type { CoordsSystem, SlideFacts } from '@slidestream/formats';

/** Columns of a table of facts and what they are. */
const COLUMNS: Readonly<Record<string, keyof SlideFacts>> = {
  mpp: 'slideMpp',
  magnification: 'magnification',
  width: 'width',
  height: 'height',
  tile_size_level0: 'sizeLevel0Px',
  tile_size_px: 'sizePx',
};

/** Where facts of slides come from: the slides themselves, files of their tiles, a table, options for all of them; later ones win. */
export interface FactsOptions {
  /** Folder of tile coordinates, and whose they are. */
  readonly coords?: string | undefined;
  readonly coordsFrom?: CoordsSystem | undefined;
  readonly facts?: string | undefined;
  readonly slides?: readonly string[] | undefined;
  readonly mpp?: number | undefined;
  readonly magnification?: number | undefined;
  readonly tileSizeLevel0?: number | undefined;
  readonly tileSize?: number | undefined;
}

/**
 * What is known of each slide beside its files.
 *
 * @throws SlidestreamError `cli/facts` for a table that is none, `io/*`, `slide/*`
 */
export async function slideFacts(options: FactsOptions): Promise<(slide: string) => Promise<SlideFacts>> {
  const table = options.facts === undefined ? new Map<string, SlideFacts>() : await readFacts(options.facts);
  const paths = await slidePaths(options.slides);
  const tiled = await factsOfTiles(options);
  const all: SlideFacts = {
    ...(options.mpp === undefined ? {} : { slideMpp: options.mpp }),
    ...(options.magnification === undefined ? {} : { magnification: options.magnification }),
    ...(options.tileSizeLevel0 === undefined ? {} : { sizeLevel0Px: options.tileSizeLevel0 }),
    ...(options.tileSize === undefined ? {} : { sizePx: options.tileSize }),
  };
  return async (slide) => {
    const path = paths.get(slide);
    return { ...(path === undefined ? {} : await factsOfSlide(path)), ...(await tiled(slide)), ...table.get(slide), ...all };
  };
}

async function factsOfTiles({ coords, coordsFrom = 'slidestream' }: FactsOptions): Promise<(slide: string) => Promise<SlideFacts>> {
  if (coords === undefined) return async () => ({});
  const { findCoordsFiles, readTileCoords } = await import('@slidestream/formats');
  const files = new Map((await findCoordsFiles(coords, coordsFrom)).map(({ slide, path }) => [slide, path]));
  return async (slide) => {
    const path = files.get(slide);
    if (path === undefined) return {};
    const { slideMpp, magnification, width, height, sizeLevel0Px, sizePx } = (await readTileCoords(path, coordsFrom)).facts;
    const facts = Object.entries({ slideMpp, magnification, width, height, sizeLevel0Px, sizePx });
    return Object.fromEntries(facts.filter(([, value]) => value !== undefined));
  };
}

async function slidePaths(slides: readonly string[] | undefined): Promise<ReadonlyMap<string, string>> {
  if (slides === undefined) return new Map();
  const { findSlides } = await import('@slidestream/slides');
  return new Map((await findSlides(slides)).map(({ id, path }) => [id, path]));
}

async function factsOfSlide(path: string): Promise<SlideFacts> {
  const { openSlide } = await import('@slidestream/slides');
  const slide = await openSlide(path);
  try {
    const { width, height, mpp, objective } = slide.info;
    return {
      width,
      height,
      ...(mpp === null ? {} : { slideMpp: (mpp.x + mpp.y) / 2 }),
      ...(objective === null ? {} : { magnification: objective }),
    };
  } finally {
    await slide.close();
  }
}

async function readFacts(path: string): Promise<Map<string, SlideFacts>> {
  const { readCsv, slideIdOf } = await import('@slidestream/labels');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw ioError(error, path);
  });
  const [header, ...records] = readCsv(text, path);
  const names = header?.fields ?? [];
  const at = names.indexOf('slide');
  const fail = (message: string, line: number): Error => {
    const hint = `The columns are slide and any of ${Object.keys(COLUMNS).join(', ')}`;
    return new SlidestreamError({ code: 'cli/facts', category: 'usage', message, where: { file: path, line }, hint });
  };
  const unknown = names.find((name) => name !== 'slide' && !Object.hasOwn(COLUMNS, name));
  if (at < 0 || unknown !== undefined) throw fail(at < 0 ? 'the table has no column slide' : `column ${unknown} is not known`, 1);
  return new Map(
    records.map(({ fields, line }) => {
      const facts = Object.entries(COLUMNS).flatMap(([name, fact]) => {
        const field = names.includes(name) ? (fields[names.indexOf(name)] ?? '').trim() : '';
        if (field === '') return [];
        if (!(Number(field) > 0)) throw fail(`${name} "${field}" is no positive number`, line);
        return [[fact, Number(field)] as const];
      });
      return [slideIdOf(fields[at] ?? ''), Object.fromEntries(facts)];
    }),
  );
}
