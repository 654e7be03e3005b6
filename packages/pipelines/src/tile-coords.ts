import { type ClamCoords, readClamCoords, writeClamCoords } from '@slidestream/formats';
import type { TileGrid, TilingSlide } from '@slidestream/tiling';

/** Attributes of ours beside CLAM's: without them a reader takes tiles as CLAM does, `patch_size` pixels of `patch_level`. */
const TILE_SIZE = 'tile_size_px';
const SIZE_LEVEL0 = 'patch_size_level0';
const TILE_MPP = 'tile_mpp';
const SLIDE_MPP = 'slide_mpp';
const PARENT_SCALE = 'parent_scale';

/** Datasets of ours beside `coords`, one value a tile. */
const TISSUE_FRACTION = 'tissue_fraction';
const PARENT = 'parent';
const ALIGNED = 'aligned_to_file';

/**
 * Writes a grid as CLAM's `patches/{slide}.h5`; what CLAM has no word for (size after resampling, level-0 size, mpp) stands beside its
 * attributes, tissue fractions and parent tiles in datasets beside `coords`.
 *
 * @throws SlidestreamError `io/*`
 */
export async function writeTileGrid(
  path: string,
  grid: TileGrid,
  slide: TilingSlide & { readonly name: string; readonly folder: string },
): Promise<void> {
  const level = slide.info.levels[grid.level];
  if (level === undefined) throw new RangeError(`the slide has no level ${grid.level}`);
  await writeClamCoords(path, {
    coords: grid.coords,
    patchSize: grid.readSizePx,
    patchLevel: grid.level,
    downsample: [slide.info.width / level.width, slide.info.height / level.height],
    levelSize: [level.width, level.height],
    name: slide.name,
    savePath: slide.folder,
    attributes: {
      [TILE_SIZE]: grid.tileSizePx,
      [SIZE_LEVEL0]: grid.sizeLevel0Px,
      ...(grid.mpp === null ? {} : { [TILE_MPP]: grid.mpp }),
      ...(grid.slideMpp === undefined ? {} : { [SLIDE_MPP]: grid.slideMpp }),
      ...(grid.alignedToFile && { [ALIGNED]: 1 }),
      ...(grid.parents === undefined ? {} : { [PARENT_SCALE]: grid.parents.scale }),
    },
    perTile: {
      ...(grid.tissueFractions === undefined ? {} : { [TISSUE_FRACTION]: grid.tissueFractions }),
      ...(grid.parents === undefined ? {} : { [PARENT]: grid.parents.tiles }),
    },
  });
}

/**
 * The grid of a `patches/{slide}.h5`, ours or CLAM's own.
 *
 * @throws SlidestreamError `format/*`, `io/*`
 */
export async function readTileGrid(path: string): Promise<TileGrid> {
  return gridOfCoords(await readClamCoords(path));
}

/** What CLAM's coordinates say of their tiles, as a grid. */
export function gridOfCoords(file: ClamCoords): TileGrid {
  const number = (name: string): number | undefined => {
    const value = file.attributes[name];
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
  };
  const [x, y] = file.downsample;
  const downsample = (x + y) / 2;
  const custom = number('custom_downsample') ?? 1;
  const { [TISSUE_FRACTION]: fractions, [PARENT]: parents } = file.perTile;
  const slideMpp = number(SLIDE_MPP);
  const parentScale = file.attributes[PARENT_SCALE];
  return {
    coords: file.coords,
    level: file.patchLevel,
    downsample,
    readSizePx: file.patchSize * custom,
    tileSizePx: number(TILE_SIZE) ?? file.patchSize,
    sizeLevel0Px: number(SIZE_LEVEL0) ?? file.patchSize * Math.max(1, Math.trunc(x)) * custom,
    mpp: number(TILE_MPP) ?? null,
    ...(slideMpp === undefined ? {} : { slideMpp }),
    ...(fractions instanceof Float32Array ? { tissueFractions: fractions } : {}),
    ...(parents instanceof Int32Array && typeof parentScale === 'string' ? { parents: { scale: parentScale, tiles: parents } } : {}),
    ...(number(ALIGNED) === 1 && { alignedToFile: true }),
  };
}
