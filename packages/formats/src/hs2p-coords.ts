import { basename } from 'node:path';
import type { TensorRecord } from '@slidestream/core';
import { writeFileAtomic } from '@slidestream/core/node';
import { toNumbers } from './feature-bag.js';
import { formatError } from './format-error.js';
import { encodeNpz, readNpz } from './npz.js';
import { parseSidecar, readSidecar } from './sidecar.js';
import type { TileCoords } from './tile-coords.js';
import { completed, need, type TileFacts } from './tile-facts.js';

/** Ending of hs2p's arrays; their JSON stands beside them. */
export const HS2P_ENDING = '.coordinates.npz';

/** Path of the JSON beside hs2p's arrays. */
function hs2pSidecar(path: string): string {
  return path.replace(/\.npz$/, '.meta.json');
}

type Section = Readonly<Record<string, unknown>>;

function section(meta: unknown, name: string): Section {
  const found = typeof meta === 'object' && meta !== null ? (meta as Section)[name] : undefined;
  return typeof found === 'object' && found !== null ? (found as Section) : {};
}

function factsOf(meta: unknown): TileFacts {
  const positive = (value: unknown): number | undefined => (typeof value === 'number' && value > 0 ? value : undefined);
  const tiling = section(meta, 'tiling');
  const slide = section(meta, 'slide');
  const [width, height] = Array.isArray(slide.dimensions) ? (slide.dimensions as unknown[]) : [];
  const level = typeof tiling.read_level === 'number' ? tiling.read_level : undefined;
  const downsample = level === undefined || !Array.isArray(slide.level_downsamples) ? undefined : positive(slide.level_downsamples[level]);
  const sizePx = positive(tiling.requested_tile_size_px);
  return completed({
    slideMpp: positive(slide.base_spacing_um),
    mpp: positive(tiling.requested_spacing_um),
    sizePx,
    sizeLevel0Px: positive(tiling.tile_size_lv0),
    width: positive(width),
    height: positive(height),
    overlapPx: typeof tiling.overlap === 'number' && sizePx !== undefined ? Math.round(tiling.overlap * sizePx) : undefined,
    ...(downsample === undefined || typeof width !== 'number' || typeof height !== 'number'
      ? {}
      : {
          level,
          readSizePx: positive(tiling.effective_tile_size_px),
          downsample: [downsample, downsample],
          levelSize: [Math.floor(width / downsample), Math.floor(height / downsample)],
        }),
  });
}

/**
 * Reads hs2p's `{id}.coordinates.npz` with its `.meta.json`.
 *
 * @throws SlidestreamError `format/hs2p-*`, `format/npz-*`, `io/*`
 */
export async function readHs2pCoords(path: string): Promise<TileCoords> {
  const arrays = await readNpz(path);
  const column = (name: string): TensorRecord => {
    const found = arrays.get(name);
    if (found === undefined || found.shape.length !== 1)
      throw formatError('hs2p-arrays', `the file has no list ${JSON.stringify(name)}`, { file: path });
    return found;
  };
  const [x, y, fractions, index] = [column('x'), column('y'), column('tissue_fractions'), column('tile_index')].map(toNumbers) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  if ([y, fractions, index].some(({ length }) => length !== x.length) || index.some((value, i) => value !== i))
    throw formatError('hs2p-arrays', 'the lists do not belong together: hs2p numbers tiles from 0 without gaps', { file: path });
  const coords = new Float64Array(2 * x.length);
  for (let i = 0; i < x.length; i++) coords.set([x[i] as number, y[i] as number], 2 * i);
  const sidecar = await readSidecar(hs2pSidecar(path));
  const meta = parseSidecar(sidecar, hs2pSidecar(path));
  return {
    slide: basename(path, HS2P_ENDING),
    coords,
    facts: factsOf(meta),
    tissueFractions: Float32Array.from(fractions),
    origin: { system: 'hs2p', coordsType: 'int64', file: {}, coords: {}, sidecar },
  };
}

/**
 * Writes hs2p's arrays and the JSON beside them. Where the tiles were not laid by hs2p, its parameters of segmentation are `null` and unknown tissue fractions
 * are NaN.
 *
 * @throws SlidestreamError `format/facts-missing`, `io/*`
 */
export async function writeHs2pCoords(path: string, tiles: TileCoords): Promise<void> {
  const count = tiles.coords.length / 2;
  const axis = (offset: number): TensorRecord => ({
    dtype: 'int64',
    shape: [count],
    data: BigInt64Array.from({ length: count }, (_, i) => BigInt(Math.round(tiles.coords[2 * i + offset] as number))),
  });
  const arrays = encodeNpz([
    ['tile_index', { dtype: 'int32', shape: [count], data: Int32Array.from({ length: count }, (_, i) => i) }],
    ['x', axis(0)],
    ['y', axis(1)],
    ['tissue_fractions', { dtype: 'float32', shape: [count], data: tiles.tissueFractions ?? new Float32Array(count).fill(Number.NaN) }],
  ]);
  const sidecar = (tiles.origin?.system === 'hs2p' ? tiles.origin.sidecar : undefined) ?? describe(tiles, path);
  await writeFileAtomic(hs2pSidecar(path), sidecar);
  await writeFileAtomic(path, arrays);
}

const SEGMENTATION =
  'tissue_method seg_downsample seg_level seg_spacing_um sthresh sthresh_up mthresh close use_otsu use_hsv mask_path ref_tile_size_px tissue_mask_tissue_value mask_level mask_spacing_um';
const FILTERING =
  'a_t a_h filter_white filter_black white_threshold black_threshold fraction_threshold filter_grayspace grayspace_saturation_threshold grayspace_fraction_threshold filter_blur blur_threshold qc_spacing_um';

const unknowns = (names: string): Section => Object.fromEntries(names.split(' ').map((name) => [name, null]));

/** hs2p refuses a JSON that lacks a key or has one more, so all its keys are here. */
function describe({ slide, coords, facts }: TileCoords, path: string): string {
  const slideMpp = need(facts, 'slideMpp', 'hs2p', path);
  const sizeLevel0 = need(facts, 'sizeLevel0Px', 'hs2p', path);
  const sizePx = need(facts, 'sizePx', 'hs2p', path);
  const overlap = (facts.overlapPx ?? 0) / sizePx;
  const meta = {
    provenance: { sample_id: slide, image_path: slide, mask_path: null, backend: 'slidestream', requested_backend: 'slidestream' },
    slide: {
      dimensions: [need(facts, 'width', 'hs2p', path), need(facts, 'height', 'hs2p', path)],
      base_spacing_um: slideMpp,
      level_downsamples: [1],
    },
    tiling: {
      requested_tile_size_px: sizePx,
      requested_spacing_um: facts.mpp ?? (slideMpp * sizeLevel0) / sizePx,
      read_level: 0,
      effective_tile_size_px: Math.round(sizeLevel0),
      effective_spacing_um: slideMpp,
      tile_size_lv0: Math.round(sizeLevel0),
      tolerance: null,
      step_px_lv0: Math.max(1, Math.round(sizeLevel0 * (1 - overlap))),
      overlap,
      min_tissue_fraction: null,
      is_within_tolerance: Math.round(sizeLevel0) === sizePx,
      n_tiles: coords.length / 2,
    },
    segmentation: unknowns(SEGMENTATION),
    filtering: unknowns(FILTERING),
    artifact: {
      coordinate_space: 'level0_px',
      tile_order: isXThenY(coords) ? 'x_then_y' : 'source',
      annotation: null,
      selection_strategy: null,
      output_mode: null,
    },
  };
  return `${JSON.stringify(sorted(meta), null, 2)}\n`;
}

/** Rows keep their order, as features belong to them by their number. */
function isXThenY(coords: Float64Array): boolean {
  for (let i = 2; i < coords.length; i += 2) {
    const step = (coords[i] as number) - (coords[i - 2] as number);
    if (step < 0 || (step === 0 && (coords[i + 1] as number) < (coords[i - 1] as number))) return false;
  }
  return true;
}

/** Keys in order, as Python's `sort_keys` has them. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
