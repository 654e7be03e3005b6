import { SlidestreamError } from '@slidestream/core';
import { writeFileAtomic } from '@slidestream/core/node';
import { encodeJpeg, openSlide, type Slide, type SlideReader } from '@slidestream/slides';
import {
  gridTiles,
  readThumbnail,
  renderMask,
  renderStitch,
  type ScaleLimits,
  type SlideTissue,
  segmentTissue,
  type TileGrid,
  type TileScale,
  type TilingParameters,
  toGeoJson,
} from '@slidestream/tiling';
import { writeTileGrid } from './tile-coords.js';
import type { TileFolder } from './tile-folder.js';
import type { TileJob } from './tile-jobs.js';

/** How every slide of a run is tiled. */
export interface TileOneOptions {
  readonly folder: TileFolder;
  /** Scales by name; the first is the main one. */
  readonly scales: ReadonlyMap<string, TileScale>;
  readonly limits: ScaleLimits;
  readonly pictures: boolean;
  /** µm/px for slides that do not say theirs. */
  readonly mppIfUnknown: number | undefined;
  readonly reader: SlideReader | undefined;
}

/** What came of one slide. */
export interface TiledPieces {
  readonly tiles: Readonly<Record<string, number>>;
  readonly tissuePieces: number;
  /** As used, levels resolved. */
  readonly parameters: TilingParameters;
}

/** JPEG quality of masks and stitches. */
const PICTURE_QUALITY = 80;

/**
 * Tiles one slide: tissue, grids of all scales, pictures. Files appear complete; the main scale's coordinates come last and say that
 * the slide is done.
 *
 * @throws SlidestreamError `slide/*`, `tiling/*`, `tile/slide-not-found`, `io/*`
 */
export async function tileOneSlide(job: TileJob, options: TileOneOptions, signal: AbortSignal): Promise<TiledPieces> {
  const { folder } = options;
  await using slide = await openWithMpp(job, options);
  const tissue = await segmentTissue(slide, job.parameters, { signal });
  const grids = new Map([...options.scales].map(([name, scale]) => [name, gridTiles(slide, tissue, scale, options.limits)]));
  const [main] = grids.values();
  if (options.pictures) await writePictures(slide, job.id, { tissue, main, folder, signal });
  const tiles = Object.fromEntries([...grids].map(([name, grid]) => [name, grid.coords.length / 2]));
  const geoJson = { ...toGeoJson(tissue), slidestream: { slide: job.id, reader: slide.info.reader, mpp: slide.info.mpp, tiles } };
  await writeFileAtomic(folder.contours(job.id), `${JSON.stringify(geoJson)}\n`);
  for (const [name, grid] of [...grids].reverse()) {
    if (grid.coords.length === 0) continue;
    await writeTileGrid(folder.coords(name, job.id), grid, {
      info: slide.info,
      readRegion: (r) => slide.readRegion(r),
      name: job.id,
      folder: folder.root,
    });
  }
  return { tiles, tissuePieces: tissue.contours.length, parameters: tissue.parameters };
}

async function writePictures(
  slide: Slide,
  id: string,
  made: { readonly tissue: SlideTissue; readonly main: TileGrid | undefined; readonly folder: TileFolder; readonly signal: AbortSignal },
): Promise<void> {
  const thumbnail = await readThumbnail(slide, made.tissue.parameters.vis_level, { signal: made.signal });
  const jpeg = { quality: PICTURE_QUALITY };
  await writeFileAtomic(made.folder.mask(id), await encodeJpeg(await renderMask(thumbnail, made.tissue), jpeg));
  if (made.main !== undefined && made.main.coords.length > 0) {
    await writeFileAtomic(made.folder.stitch(id), await encodeJpeg(renderStitch(thumbnail, made.main), jpeg));
  }
}

async function openWithMpp(job: TileJob, { mppIfUnknown, reader }: TileOneOptions): Promise<Slide> {
  const { path, id } = job;
  if (path === null) {
    throw new SlidestreamError({
      code: 'tile/slide-not-found',
      category: 'data',
      message: `the process list names ${job.listedAs}, which is not among the slides`,
      where: { slide: id },
    });
  }
  if (job.mpp !== undefined) return openSlide(path, { mpp: job.mpp, reader });
  const slide = await openSlide(path, { reader });
  if (slide.info.mpp !== null || mppIfUnknown === undefined) return slide;
  await slide.close();
  return openSlide(path, { mpp: mppIfUnknown, reader });
}
