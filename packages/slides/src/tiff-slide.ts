import { mpp as checkMpp } from '@slidestream/core';
import type { ByteSource } from './byte-source.js';
import { slideError, throwIfAborted } from './errors.js';
import { READER } from './reader-version.js';
import { checkRegion } from './region-request.js';
import { shiftBilinear } from './resample-region.js';
import type { OpenSlideOptions, RgbImage, Slide, SlideInfo, SlideLevel } from './slide.js';
import { readTiff, type TiffFile } from './tiff/directory.js';
import { readImage, type TiffImage } from './tiff/image.js';
import { createTileCache } from './tile-cache.js';
import { createTiledImage } from './tiled-image.js';
import { isAperio, layOutAperio } from './vendors/aperio.js';
import { readCandidate, type SlideLayout } from './vendors/candidate.js';
import { layOutGenericTiff } from './vendors/generic-tiff.js';
import { nameForeignTiff, refuseFormat } from './vendors/refused.js';
import { isTrestle, layOutTrestle } from './vendors/trestle.js';

const DEFAULT_CACHE_BYTES = 64 << 20;
const MAX_IMAGES = 128;
/** Tiles of all images together: their places take 16 bytes each. */
const MAX_CHUNKS = 1 << 23;

/** Opens a TIFF slide from its bytes. The source is closed with the slide, not when opening fails. */
export async function openTiffSlide(source: ByteSource, options: OpenSlideOptions): Promise<Slide> {
  const file = await readTiff(source);
  const layout = await layOut(file);
  if (layout.levels.length + layout.associated.length > MAX_IMAGES) {
    throw slideError('slide/too-large', `${layout.levels.length} levels are more than any slide has`, { where: { file: source.name } });
  }
  const budget = { chunks: MAX_CHUNKS };
  const images: TiffImage[] = [];
  for (const directory of layout.levels) images.push(await readImage(file, directory, budget));
  const associated: { name: string; image: TiffImage }[] = [];
  for (const { name, directory } of layout.associated) associated.push({ name, image: await readImage(file, directory, budget) });
  const info = describe(source.name, layout, images, associated, options);
  const cache = createTileCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
  const missingTiles = options.missingTiles ?? 'error';
  let firstKey = 0;
  const levels = images.map((image, index) => {
    const { downsample } = info.levels[index] as SlideLevel;
    const level = createTiledImage(source, image, { cache, firstKey, missingTiles, level: { index, downsample } });
    firstKey += image.columns * image.rows;
    return level;
  });
  const extras = new Map(
    associated.map(({ name, image }) => [name, createTiledImage(source, image, { cache: createTileCache(0), firstKey: 0, missingTiles })]),
  );

  let closed = false;
  const checkOpen = (): void => {
    if (closed) throw slideError('slide/closed', 'the slide is closed', { category: 'usage', where: { file: source.name } });
  };
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    cache.clear();
    await source.close();
  };

  return {
    info,
    async readRegion(request) {
      checkOpen();
      throwIfAborted(request.signal);
      const { width, height, signal, out } = request;
      const { index, downsample } = checkRegion(request, info.levels, source.name);
      const level = levels[index] as (typeof levels)[number];
      const x = toLevel(request.x, downsample);
      const y = toLevel(request.y, downsample);
      const rectangle = { x: Math.floor(x), y: Math.floor(y), width, height };
      const fractionX = x - rectangle.x;
      const fractionY = y - rectangle.y;
      if (fractionX === 0 && fractionY === 0) return { width, height, data: await level.read(rectangle, signal, out) };
      const wider = await level.read({ ...rectangle, width: width + 1, height: height + 1 }, signal);
      return { width, height, data: shiftBilinear(wider, width, height, fractionX, fractionY, out) };
    },
    async readAssociated(name): Promise<RgbImage> {
      checkOpen();
      const extra = extras.get(name);
      if (extra === undefined) {
        const hint = extras.size === 0 ? 'The slide has none' : `There are ${[...extras.keys()].join(', ')}`;
        throw slideError('slide/no-such-image', `there is no associated image "${name}"`, {
          category: 'usage',
          where: { file: source.name },
          hint,
        });
      }
      const { width, height } = extra.image;
      return { width, height, data: await extra.read({ x: 0, y: 0, width, height }) };
    },
    async readRawTile(level, column, row) {
      checkOpen();
      return (await levels[level]?.readRaw(column, row)) ?? null;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What a product with a downsample and the quotient by it may lose of a whole number. */
const ROUNDING = 1e-6;

/** A level-0 coordinate on a level. What lies before the border is cut to whole pixels, as OpenSlide does. */
function toLevel(coordinate: number, downsample: number): number {
  const exact = coordinate / downsample;
  const whole = Math.round(exact);
  if (Math.abs(exact - whole) < ROUNDING) return whole;
  return coordinate < 0 ? Math.trunc(exact) : exact;
}

async function layOut(file: TiffFile): Promise<SlideLayout> {
  const candidates = await Promise.all(file.directories.map((directory) => readCandidate(file, directory)));
  const first = candidates[0] as (typeof candidates)[number];
  const foreign = nameForeignTiff(first);
  if (foreign !== undefined) throw refuseFormat(file.source.name, foreign);
  if (isAperio(first)) return layOutAperio(file, candidates);
  if (isTrestle(candidates)) return layOutTrestle(file, candidates);
  return layOutGenericTiff(file, candidates);
}

function describe(
  path: string,
  layout: SlideLayout,
  images: readonly TiffImage[],
  associated: readonly { readonly name: string; readonly image: TiffImage }[],
  options: OpenSlideOptions,
): SlideInfo {
  const { width, height } = images[0] as TiffImage;
  const levels = images.map((image, index): SlideLevel => {
    const downsample = index === 0 ? 1 : (width / image.width + height / image.height) / 2;
    const { tileWidth, tileHeight, compression } = image;
    return { index, width: image.width, height: image.height, downsample, tileWidth, tileHeight, compression };
  });
  const given = typeof options.mpp === 'number' ? { x: options.mpp, y: options.mpp } : options.mpp;
  return {
    path,
    vendor: layout.vendor,
    reader: READER,
    width,
    height,
    mpp: given === undefined ? layout.mpp : { x: checkMpp(given.x), y: checkMpp(given.y), source: 'given' },
    objective: layout.objective,
    levels,
    associated: associated.map(({ name, image }) => ({ name, width: image.width, height: image.height })),
    properties: layout.properties,
  };
}
