import { mpp as checkMpp } from '@slidestream/core';
import type { ByteSource } from './byte-source.js';
import { slideError } from './errors.js';
import { decodeJpeg } from './jpeg/decode-jpeg.js';
import { placeImages } from './place-images.js';
import { createPyramidSlide } from './pyramid-slide.js';
import { TIFF_READER } from './reader-version.js';
import type { OpenSlideOptions, RgbImage, Slide, SlideInfo, SlideLevel } from './slide.js';
import { readTiff, type TiffFile } from './tiff/directory.js';
import { readImage, type TiffImage } from './tiff/image.js';
import { createTiffGrid } from './tiff/tiff-grid.js';
import { createTileCache } from './tile-cache.js';
import { createTiledImage, type PixelReader, type TiledImageOptions } from './tiled-image.js';
import { isAperio, layOutAperio } from './vendors/aperio.js';
import { type LevelLayout, readCandidate, type SlideLayout } from './vendors/candidate.js';
import { layOutGenericTiff } from './vendors/generic-tiff.js';
import { isLeica, layOutLeica } from './vendors/leica.js';
import { isPhilips, layOutPhilips } from './vendors/philips.js';
import { nameForeignTiff, refuseFormat } from './vendors/refused.js';
import { isTrestle, layOutTrestle } from './vendors/trestle.js';
import { findIScan, layOutVentana } from './vendors/ventana.js';

const DEFAULT_CACHE_BYTES = 64 << 20;
const MAX_IMAGES = 128;
const MAX_SIDE = 2 ** 31 - 1;
/** Tiles of all images together: their places take 16 bytes each. */
const MAX_CHUNKS = 1 << 23;

/** A level with its directories read. */
interface ReadLevel {
  readonly layout: LevelLayout;
  readonly parts: readonly { readonly image: TiffImage; readonly x: number; readonly y: number }[];
}

/** Opens a TIFF slide from its bytes. The source is closed with the slide, not when opening fails. */
export async function openTiffSlide(source: ByteSource, options: OpenSlideOptions): Promise<Slide> {
  const file = await readTiff(source);
  const layout = await layOut(file);
  if (layout.levels.length + layout.associated.length > MAX_IMAGES) {
    throw slideError('slide/too-large', `${layout.levels.length} levels are more than any slide has`, { where: { file: source.name } });
  }
  const budget = { chunks: MAX_CHUNKS };
  const read: ReadLevel[] = [];
  for (const level of layout.levels) {
    const parts = [];
    for (const { directory, x, y } of level.parts) parts.push({ image: await readImage(file, directory, budget), x, y });
    read.push({ layout: level, parts });
  }
  const cache = createTileCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
  const missingTiles = options.missingTiles ?? 'error';
  const described = read.map((level, index) => describeLevel(level, index, read[0] as ReadLevel, source.name));
  let firstKey = 0;
  const levels = read.map((level, index) => {
    const { downsample } = described[index] as SlideLevel;
    const readers = level.parts.map(({ image, x, y }) => {
      const { overlapX, overlapY, size } = level.layout;
      const grid = createTiffGrid(source, image, {
        sparse: layout.sparse,
        overlapX,
        overlapY,
        size: level.parts.length > 1 ? undefined : clip(image, size),
      });
      const reader = createTiledImage(grid, { cache, firstKey, missingTiles, level: { index, downsample } });
      firstKey += image.columns * image.rows;
      return { image: reader, x, y };
    });
    return joinParts(readers, sizeOf(level));
  });
  const associated = new Map<string, { readonly width: number; readonly height: number; read(): Promise<RgbImage> }>();
  for (const extra of layout.associated) {
    if ('jpeg' in extra) {
      const image = await decodeJpeg(extra.jpeg);
      associated.set(extra.name, { width: image.width, height: image.height, read: async () => ({ ...image, data: image.data.slice() }) });
      continue;
    }
    const image = await readImage(file, extra.directory, budget);
    associated.set(extra.name, readWhole(source, image, { cache: createTileCache(0), firstKey: 0, missingTiles }));
  }
  const counted = described.map((level, i): SlideLevel => ({ ...level, missingTiles: (levels[i] as PixelReader).countMissing() }));
  return createPyramidSlide({
    info: describe(source.name, layout, counted, associated, options),
    levels,
    associated: new Map([...associated].map(([name, extra]) => [name, () => extra.read()])),
    async close() {
      cache.clear();
      await source.close();
    },
  });
}

function readWhole(
  source: ByteSource,
  image: TiffImage,
  options: TiledImageOptions,
): { readonly width: number; readonly height: number; read(): Promise<RgbImage> } {
  const { width, height } = image;
  const reader = createTiledImage(createTiffGrid(source, image), options);
  return { width, height, read: async () => ({ width, height, data: await reader.read({ x: 0, y: 0, width, height }) }) };
}

/** What a level shows of its only image: a vendor's size never reaches past the grid. */
function clip({ width, height }: TiffImage, size: LevelLayout['size']): { width: number; height: number } | undefined {
  return size === undefined ? undefined : { width: Math.min(width, size.width), height: Math.min(height, size.height) };
}

function sizeOf({ layout, parts }: ReadLevel): { width: number; height: number } {
  const [first] = parts;
  const { width, height } = layout.size ?? (first as (typeof parts)[number]).image;
  return { width, height };
}

/** One part that fills the level is the level. */
function joinParts(
  parts: readonly { image: PixelReader; x: number; y: number }[],
  { width, height }: { width: number; height: number },
): PixelReader {
  const [only] = parts;
  const fills = parts.length === 1 && only?.x === 0 && only.y === 0 && only.image.width === width && only.image.height === height;
  return fills ? only.image : placeImages(width, height, parts);
}

function describeLevel(level: ReadLevel, index: number, largest: ReadLevel, file: string): SlideLevel {
  const [{ width, height }, base] = [sizeOf(level), sizeOf(largest)];
  const { tileWidth, tileHeight, compression } = (level.parts[0] as ReadLevel['parts'][number]).image;
  const downsample = level.layout.downsample ?? (index === 0 ? 1 : (base.width / width + base.height / height) / 2);
  if (!(width >= 1 && height >= 1 && width <= MAX_SIDE && height <= MAX_SIDE && downsample >= 1 && Number.isFinite(downsample))) {
    throw slideError('slide/corrupt', `level ${index} of ${width} × ${height} pixels, ${downsample} times smaller`, { where: { file } });
  }
  return { index, width, height, downsample, tileWidth, tileHeight, compression };
}

async function layOut(file: TiffFile): Promise<SlideLayout> {
  const candidates = await Promise.all(file.directories.map((directory) => readCandidate(file, directory)));
  const first = candidates[0] as (typeof candidates)[number];
  if (isAperio(first)) return layOutAperio(file, candidates);
  if (isTrestle(candidates)) return layOutTrestle(file, candidates);
  if (isPhilips(first)) return layOutPhilips(file, candidates);
  if (isLeica(first)) return layOutLeica(file, candidates);
  const iScan = await findIScan(file, candidates);
  if (iScan !== undefined) return layOutVentana(file, candidates, iScan);
  const foreign = nameForeignTiff(first);
  if (foreign !== undefined) throw refuseFormat(file.source.name, foreign);
  return layOutGenericTiff(file, candidates);
}

function describe(
  path: string,
  layout: SlideLayout,
  levels: readonly SlideLevel[],
  associated: ReadonlyMap<string, { readonly width: number; readonly height: number }>,
  options: OpenSlideOptions,
): SlideInfo {
  const { width, height } = levels[0] as SlideLevel;
  const given = typeof options.mpp === 'number' ? { x: options.mpp, y: options.mpp } : options.mpp;
  return {
    path,
    vendor: layout.vendor,
    reader: TIFF_READER,
    width,
    height,
    mpp: given === undefined ? layout.mpp : { x: checkMpp(given.x), y: checkMpp(given.y), source: 'given' },
    objective: layout.objective,
    levels,
    associated: [...associated].map(([name, image]) => ({ name, width: image.width, height: image.height })),
    properties: layout.properties,
  };
}
