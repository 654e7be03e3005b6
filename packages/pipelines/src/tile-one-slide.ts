import { SlidestreamError } from '@slidestream/core';
import { writeFileAtomic } from '@slidestream/core/node';
import { encodeJpeg, encodePng, type Slide, type SlideReader } from '@slidestream/slides';
import {
  countReasons,
  gridTiles,
  linkScales,
  type RejectedTiles,
  readThumbnail,
  renderContactSheet,
  renderMask,
  renderStitch,
  type ScaleLimits,
  type SlideTissue,
  segmentTissue,
  selectTiles,
  type Thumbnail,
  type TileGrid,
  type TileScale,
  type TilingParameters,
  type TissueMask,
  tissueMask,
  toGeoJson,
} from '@slidestream/tiling';
import { openWithMpp } from './open-with-mpp.js';
import { slideRegions } from './tile-annotations.js';
import { choosesTiles, type RejectedCounts, type TileChoice } from './tile-choice.js';
import { writeTileGrid } from './tile-coords.js';
import type { TileFolder } from './tile-folder.js';
import type { TileJob } from './tile-jobs.js';
import { tissueHint } from './tissue-hint.js';

/** How every slide of a run is tiled. */
export interface TileOneOptions {
  readonly folder: TileFolder;
  /** Scales by name; the first is the main one. */
  readonly scales: ReadonlyMap<string, TileScale>;
  readonly limits: ScaleLimits;
  readonly choice: TileChoice;
  readonly pictures: boolean;
  /** µm/px for slides that do not say theirs. */
  readonly mppIfUnknown: number | undefined;
  readonly reader: SlideReader | undefined;
}

/** What came of one slide. */
export interface TiledPieces {
  readonly tiles: Readonly<Record<string, number>>;
  /** By scale; scales of which all tiles were kept are not there. */
  readonly rejected: Readonly<Record<string, RejectedCounts>>;
  readonly tissuePieces: number;
  /** What to try where no tissue was found. */
  readonly hint: string | undefined;
  /** As used, levels resolved. */
  readonly parameters: TilingParameters;
}

/** A scale of one slide. */
interface ScaleTiles {
  readonly name: string;
  readonly grid: TileGrid;
  readonly rejected: RejectedTiles;
}

/** Longer side of the pictures in a contact sheet, at least where the slide has so many pixels. */
const CONTACT_SHEET_PX = 640;

/** JPEG quality of masks and stitches. */
const PICTURE_QUALITY = 80;

/**
 * Tiles one slide: tissue, grids of all scales, the tiles that are kept and their parents, pictures. Files appear complete; the main scale's
 * coordinates come last and say that the slide is done.
 *
 * @throws SlidestreamError `slide/*`, `tiling/*`, `tile/slide-not-found`, `tile/no-annotations`, `tile/bad-annotation`, `io/*`
 */
export async function tileOneSlide(job: TileJob, options: TileOneOptions, signal: AbortSignal): Promise<TiledPieces> {
  const { folder, choice } = options;
  const regions = choice.annotations === undefined ? {} : await slideRegions(choice.annotations, job.id);
  await using slide = await openJob(job, options);
  const tissue = await segmentTissue(slide, job.parameters, { signal });
  const mask = await tissueMask(slide, tissue);
  const selected: ScaleTiles[] = [];
  for (const [name, scale] of options.scales) {
    const all = gridTiles(slide, tissue, scale, options.limits);
    selected.push({ name, ...(await selectTiles(slide, all, { ...choice, ...regions, mask, signal })) });
  }
  const linked = linkScales(new Map(selected.map(({ name, grid }) => [name, grid])));
  const { mpp } = slide.info;
  const slideMpp = mpp?.source === 'given' ? (mpp.x + mpp.y) / 2 : undefined;
  const scales = selected.map((one) => ({ ...one, grid: { ...(linked.get(one.name) as TileGrid), slideMpp } }));
  const hint = tissueHint(tissue);
  if (options.pictures) await writePictures(slide, job.id, { tissue, mask, scales, folder, signal, hint });
  const tiles = Object.fromEntries(scales.map(({ name, grid }) => [name, grid.coords.length / 2]));
  const rejected = Object.fromEntries(
    scales.filter((scale) => scale.rejected.reasons.length > 0).map((scale) => [scale.name, countReasons(scale.rejected)]),
  );
  // Written also when it is empty by then: a list of an earlier run with other settings must not stay.
  if (choosesTiles(choice)) await writeFileAtomic(folder.rejected(job.id), formatRejected(job.id, scales));
  const geoJson = { ...toGeoJson(tissue), slidestream: { slide: job.id, reader: slide.info.reader, mpp, tiles, rejected } };
  await writeFileAtomic(folder.contours(job.id), `${JSON.stringify(geoJson)}\n`);
  for (const { name, grid } of [...scales].reverse()) {
    if (grid.coords.length === 0) continue;
    await writeTileGrid(folder.coords(name, job.id), grid, {
      info: slide.info,
      readRegion: (r) => slide.readRegion(r),
      name: job.id,
      folder: folder.root,
    });
  }
  return { tiles, rejected, tissuePieces: tissue.contours.length, hint, parameters: tissue.parameters };
}

/** Every tile that was left out, as `[x, y, reason]` in level-0 pixels, with the side of the tiles, by scale. */
function formatRejected(slide: string, scales: readonly ScaleTiles[]): string {
  const lists = scales.map(({ name, grid, rejected }) => {
    const tiles = rejected.reasons.map((reason, i) => [rejected.coords[2 * i], rejected.coords[2 * i + 1], reason]);
    return [name, { sizeLevel0Px: grid.sizeLevel0Px, kept: grid.coords.length / 2, counts: countReasons(rejected), tiles }];
  });
  return `${JSON.stringify({ slide, scales: Object.fromEntries(lists) as unknown })}\n`;
}

async function writePictures(
  slide: Slide,
  id: string,
  made: {
    readonly tissue: SlideTissue;
    readonly mask: TissueMask;
    readonly scales: readonly ScaleTiles[];
    readonly folder: TileFolder;
    readonly signal: AbortSignal;
    readonly hint: string | undefined;
  },
): Promise<void> {
  const { tissue, mask, scales, folder, hint } = made;
  const thumbnail = await readThumbnail(slide, tissue.parameters.vis_level, { signal: made.signal });
  const jpeg = { quality: PICTURE_QUALITY };
  await writeFileAtomic(folder.mask(id), await encodeJpeg(await renderMask(thumbnail, tissue), jpeg));
  const main = scales[0]?.grid;
  if (main !== undefined && main.coords.length > 0) {
    await writeFileAtomic(folder.stitch(id), await encodeJpeg(renderStitch(thumbnail, main), jpeg));
  }
  const notes = [describeSegmentation(tissue), ...(hint === undefined ? [] : [`no tissue: ${hint}`])];
  const sheet = await renderContactSheet({
    slide: id,
    thumbnail: await forContactSheet(slide, thumbnail, made.signal),
    tissue,
    mask,
    scales,
    notes,
  });
  await writeFileAtomic(folder.contactSheet(id), await encodePng(sheet));
}

/** The mask's thumbnail, or a finer one where that is too small to show tiles. */
async function forContactSheet(slide: Slide, thumbnail: Thumbnail, signal: AbortSignal): Promise<Thumbnail> {
  if (Math.max(thumbnail.width, thumbnail.height) >= CONTACT_SHEET_PX) return thumbnail;
  const { levels } = slide.info;
  const fine = levels.findLast(({ width, height }) => Math.max(width, height) >= CONTACT_SHEET_PX);
  return fine === undefined ? thumbnail : readThumbnail(slide, fine.index, { signal, maxPixels: 4 * CONTACT_SHEET_PX ** 2 });
}

function describeSegmentation({ parameters, contours, segmentationLevel }: SlideTissue): string {
  const { method = 'saturation', use_otsu, sthresh, mthresh, close, a_t, a_h } = parameters;
  const threshold = use_otsu ? 'Otsu' : String(sthresh);
  return `pieces of tissue: ${contours.length}; ${method} > ${threshold} at level ${segmentationLevel}, median ${mthresh}, close ${close}, a_t ${a_t}, a_h ${a_h}`;
}

async function openJob({ path, id, listedAs, mpp }: TileJob, { mppIfUnknown, reader }: TileOneOptions): Promise<Slide> {
  if (path !== null) return openWithMpp(path, { mpp, mppIfUnknown, reader });
  throw new SlidestreamError({
    code: 'tile/slide-not-found',
    category: 'data',
    message: `the process list names ${listedAs}, which is not among the slides`,
    where: { slide: id },
  });
}
