import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { mpp as checkMpp } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { openFile } from '../byte-source.js';
import { slideError } from '../errors.js';
import { createPyramidSlide } from '../pyramid-slide.js';
import { DICOM_READER } from '../reader-version.js';
import type { OpenSlideOptions, Slide, SlideLevel } from '../slide.js';
import { createTileCache } from '../tile-cache.js';
import { createTiledImage, type TileGrid } from '../tiled-image.js';
import { createDicomGrid } from './dicom-grid.js';
import { closeAll, readInstances } from './find-series.js';
import { type DicomInstance, readInstance } from './instance.js';

const DEFAULT_CACHE_BYTES = 64 << 20;
const ASSOCIATED: Readonly<Record<string, string>> = { LABEL: 'label', OVERVIEW: 'macro', THUMBNAIL: 'thumbnail' };

/**
 * Opens a DICOM slide: a file, together with all files of its series beside it, or a folder that holds one series.
 *
 * @throws SlidestreamError `io/*`, `slide/corrupt`, `slide/truncated`, `slide/too-large`, `slide/unsupported-format`,
 * `slide/unsupported-compression`, `slide/unsupported-layout`
 */
export async function openDicomSlide(path: string, options: OpenSlideOptions): Promise<Slide> {
  const { folder, series } = await whatToOpen(path);
  const { instances, unreadable } = await readInstances(folder, series);
  try {
    const found = new Set(instances.map((instance) => instance.series));
    if (found.size !== 1) {
      const [reason] = unreadable.values();
      if (found.size === 0 && reason !== undefined) throw reason;
      const what = found.size === 0 ? 'the folder holds no DICOM slide' : `the folder holds ${found.size} DICOM series`;
      throw slideError('slide/unsupported-format', what, { where: { file: path }, hint: 'Name a file of the series instead' });
    }
    return await assemble(path, instances, [...unreadable.keys()], options);
  } catch (error) {
    await closeAll(instances);
    throw error;
  }
}

/** The folder to look in, and, when a file is named, its series. */
async function whatToOpen(path: string): Promise<{ folder: string; series: string | undefined }> {
  const stats = await stat(path).catch((error: unknown) => {
    throw ioError(error, path);
  });
  if (stats.isDirectory()) return { folder: path, series: undefined };
  const source = await openFile(path);
  try {
    return { folder: dirname(path), series: (await readInstance(source)).series };
  } finally {
    await source.close();
  }
}

async function assemble(
  path: string,
  instances: readonly DicomInstance[],
  unreadable: readonly string[],
  options: OpenSlideOptions,
): Promise<Slide> {
  const distinct = instances.filter((one, i) => instances.findIndex(({ sopInstance }) => sopInstance === one.sopInstance) === i);
  const images = groupParts(distinct.filter(({ flavour }) => flavour === 'VOLUME')).sort((a, b) => b[0].width - a[0].width);
  const [base] = images;
  if (base === undefined)
    throw slideError('slide/unsupported-layout', 'the DICOM series holds no image of flavour VOLUME', { where: { file: path } });
  const cache = createTileCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
  const missingTiles = options.missingTiles ?? 'error';
  const [{ width, height, mpp, objective, properties }] = base;
  const levels: SlideLevel[] = [];
  const readers = [];
  let firstKey = 0;
  for (const [index, parts] of images.entries()) {
    const grid = await createDicomGrid(parts);
    const downsample = index === 0 ? 1 : (width / grid.width + height / grid.height) / 2;
    const reader = createTiledImage(grid, { cache, firstKey, missingTiles, level: { index, downsample } });
    firstKey += grid.columns * grid.rows;
    readers.push(reader);
    levels.push(describeLevel(index, downsample, grid, reader.countMissing()));
  }
  const associated = new Map<string, TileGrid>();
  for (const instance of distinct) {
    const name = ASSOCIATED[instance.flavour];
    if (name !== undefined && !associated.has(name)) associated.set(name, await createDicomGrid([instance]));
  }
  const given = typeof options.mpp === 'number' ? { x: options.mpp, y: options.mpp } : options.mpp;
  const said = mpp === null ? null : ({ ...mpp, source: 'tag' } as const);
  return createPyramidSlide({
    info: {
      path,
      vendor: 'dicom',
      reader: DICOM_READER,
      width,
      height,
      mpp: given === undefined ? said : { x: checkMpp(given.x), y: checkMpp(given.y), source: 'given' },
      objective,
      levels,
      associated: [...associated].map(([name, grid]) => ({ name, width: grid.width, height: grid.height })),
      properties:
        unreadable.length === 0
          ? properties
          : { ...properties, 'slidestream.unreadable': unreadable.map((file) => basename(file)).join(', ') },
    },
    levels: readers,
    associated: new Map(
      [...associated].map(([name, grid]) => [
        name,
        async () => {
          const reader = createTiledImage(grid, { cache: createTileCache(0), firstKey: 0, missingTiles });
          const size = { width: grid.width, height: grid.height };
          return { ...size, data: await reader.read({ x: 0, y: 0, ...size }) };
        },
      ]),
    ),
    async close() {
      cache.clear();
      await closeAll(instances);
    },
  });
}

/** The images of a series: parts of a concatenation together, others by themselves. */
function groupParts(volumes: readonly DicomInstance[]): [DicomInstance, ...DicomInstance[]][] {
  const images = new Map<string, [DicomInstance, ...DicomInstance[]]>();
  for (const part of volumes) {
    const key = part.concatenation ?? `${part.width} × ${part.height}`;
    const image = images.get(key);
    if (image === undefined) images.set(key, [part]);
    else if (part.concatenation !== undefined) image.push(part);
    else {
      throw slideError('slide/unsupported-layout', `two DICOM files hold an image of ${key} pixels: focal planes or optical paths`, {
        where: { file: part.source.name },
      });
    }
  }
  for (const parts of images.values()) parts.sort((a, b) => a.frameOffset - b.frameOffset);
  return [...images.values()];
}

function describeLevel(index: number, downsample: number, grid: TileGrid, missingTiles: number): SlideLevel {
  const { width, height, tileWidth, tileHeight, compression } = grid;
  return { index, width, height, downsample, tileWidth, tileHeight, compression, missingTiles };
}
