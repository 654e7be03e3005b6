import { basename, dirname } from 'node:path';
import type { TensorRecord } from '@slidestream/core';
import type { Dataset, File } from 'h5wasm/node';
import { checkPassports, readAtlasPatchRows, writeAtlasPatchRows } from './atlas-patch.js';
import { toNumbers } from './feature-bag.js';
import { formatError } from './format-error.js';
import { setAttributes, type TypedAttributes, typed, typedAttributesOf, valuesOf } from './hdf5-attributes.js';
import { dataset, readHdf5, writeHdf5 } from './hdf5-file.js';
import { castNumbers, findDataset, readRecord, writeRecord } from './hdf5-numbers.js';
import { readHs2pCoords, writeHs2pCoords } from './hs2p-coords.js';
import { atlasPatchAttributes, clamAttributes, tridentAttributes, wsinferAttributes } from './system-attributes.js';
import { type CoordsOrigin, type CoordsSystem, parseCoordsOrigin, type TileCoords } from './tile-coords.js';
import { factsOfAttributes, joined, type SlideFacts, type TileFacts } from './tile-facts.js';

/** Attribute of our files that keeps what the source said. */
const ORIGIN = 'slidestream_origin';
/** Of our files, beside the corners: share of tissue, and the tile of the lower scale that a tile lies in. */
const FRACTIONS = 'tissue_fraction';
const PARENTS = 'parent';

/** What {@link readTileCoords} and {@link writeTileCoords} are told beside a path. */
export interface CoordsFileOptions {
  /** The slide's id; by default the file's name without ending. */
  readonly slide?: string | undefined;
  /** What the file does not say of the slide. */
  readonly facts?: SlideFacts | undefined;
}

/**
 * Reads the tile coordinates of one slide from a file of another system: CLAM's, TRIDENT's, AtlasPatch's, hs2p's, wsinfer's, or ours.
 *
 * @throws SlidestreamError `format/*`, `io/*`
 *
 * @example
 * ```ts
 * const tiles = await readTileCoords('patches/case-1_patches.h5', 'trident');
 * await writeTileCoords('patches/case-1.h5', tiles, 'clam');
 * ```
 */
export async function readTileCoords(path: string, system: CoordsSystem, options: CoordsFileOptions = {}): Promise<TileCoords> {
  const tiles = system === 'hs2p' ? await readHs2pCoords(path) : await readHdf5(path, (file) => readFile(file, path, system));
  return { ...tiles, slide: options.slide ?? tiles.slide, facts: joined(tiles.facts, options.facts) };
}

function readFile(file: File, path: string, system: CoordsSystem): TileCoords {
  const data = dataset(file, path, 'coords');
  const attributes = { file: typedAttributesOf(file), coords: typedAttributesOf(data) };
  const stem = basename(path).replace(/\.[^.]*$/, '');
  if (system === 'atlaspatch') {
    const rows = readAtlasPatchRows(file, path);
    checkPassports(file, stem, rows, attributes.file, path);
    const facts = factsOfAttributes({ ...valuesOf(attributes.file), ...valuesOf(attributes.coords) });
    const origin: CoordsOrigin = { system, coordsType: 'int32', ...attributes, reads: rows.reads };
    return { slide: stem, coords: rows.coords, facts, tissueFractions: null, origin };
  }
  const record = readRecord(data, path, 'coords');
  if (record.shape.length !== 2 || record.shape[1] !== 2)
    throw formatError('hdf5-shape', `coords has the shape [${record.shape.join(', ')}], [tiles, 2] is expected`, { file: path });
  const values = valuesOf(attributes.coords);
  checkSystem(values, system, path);
  const slide = system === 'trident' ? stem.replace(/_patches$/, '') : stem;
  const { [ORIGIN]: kept, ...own } = attributes.coords;
  const origin: CoordsOrigin =
    system === 'slidestream' && typeof kept?.value === 'string'
      ? parseCoordsOrigin(kept.value, path)
      : { system, coordsType: record.dtype, file: attributes.file, coords: own };
  return { slide, coords: toNumbers(record), facts: factsOfAttributes(values), ...perTile(file, record, path), origin };
}

/** A file of another system read as CLAM's would give tiles of another size, silently. */
function checkSystem(values: Readonly<Record<string, unknown>>, system: CoordsSystem, path: string): void {
  const looks =
    values.patch_spacing_um_px !== undefined
      ? 'wsinfer'
      : values.downsample !== undefined
        ? 'clam'
        : values.patch_size_level0 !== undefined
          ? 'trident'
          : undefined;
  if (looks === undefined || looks === system || (looks === 'clam' && system === 'slidestream')) return;
  throw formatError('other-system', `the coordinates are ${looks}'s, not ${system}'s`, { file: path }, `Read them as ${looks}`);
}

function perTile(file: File, coords: TensorRecord, path: string): Pick<TileCoords, 'tissueFractions' | 'parents'> {
  const read = (name: string): Float64Array | undefined => {
    const found = findDataset(file, name);
    if (found === undefined) return undefined;
    const record = readRecord(found, path, name);
    if (record.shape.join() === String(coords.shape[0])) return toNumbers(record);
    throw formatError('hdf5-shape', `${name} does not have one number a tile`, { file: path });
  };
  const [fractions, parents] = [read(FRACTIONS), read(PARENTS)];
  return {
    tissueFractions: fractions === undefined ? null : Float32Array.from(fractions),
    ...(parents === undefined ? {} : { parents: Int32Array.from(parents) }),
  };
}

/**
 * Writes the tile coordinates of one slide as another system does. Tiles that the same system laid are written with its own attributes and types, all of
 * them; for others, its attributes are derived from the facts.
 *
 * @throws SlidestreamError `format/facts-missing` when the system keeps something that nobody said, `format/coords-range`, `io/*`
 */
export async function writeTileCoords(
  path: string,
  tiles: TileCoords,
  system: CoordsSystem,
  options: CoordsFileOptions = {},
): Promise<void> {
  const all: TileCoords = { ...tiles, slide: options.slide ?? tiles.slide, facts: joined(tiles.facts, options.facts) };
  if (system === 'hs2p') return writeHs2pCoords(path, all);
  const place = { slide: all.slide, folder: dirname(path), file: path };
  const origin = all.origin?.system === system ? all.origin : null;
  if (system === 'atlaspatch') {
    const file = origin?.file ?? atlasPatchAttributes(all.facts, place, all.coords.length / 2);
    const stem = basename(path).replace(/\.[^.]*$/, '');
    return writeHdf5(path, (target) => {
      writeAtlasPatchRows(target, stem, { coords: all.coords, reads: origin?.reads ?? readsOf(all.facts) }, file, path);
      setAttributes(target as unknown as Dataset, file);
      setAttributes(dataset(target, path, 'coords'), origin?.coords ?? {});
    });
  }
  const attributes = origin?.coords ?? derivedAttributes(all, system, place);
  const record = coordsRecord(all, origin?.coordsType ?? 'int64', path);
  await writeHdf5(path, (target) => {
    const layout = system === 'wsinfer' ? { chunkRows: record.shape[0], gzip: true } : { chunkRows: 1 };
    setAttributes(writeRecord(target, 'coords', record, layout), attributes);
    setAttributes(target as unknown as Dataset, origin?.file ?? {});
    if (system !== 'slidestream') return;
    const { tissueFractions: shares, parents } = all;
    if (shares !== null) writeRecord(target, FRACTIONS, { dtype: 'float32', shape: [shares.length], data: shares });
    if (parents !== undefined) writeRecord(target, PARENTS, { dtype: 'int32', shape: [parents.length], data: parents });
  });
}

function coordsRecord(tiles: TileCoords, dtype: CoordsOrigin['coordsType'], file: string): TensorRecord {
  const whole = dtype.startsWith('int');
  const wrong = tiles.coords.findIndex((value) => !Number.isFinite(value) || (whole && !Number.isInteger(value)));
  if (wrong >= 0) throw formatError('coords-range', `tile ${wrong >> 1} lies at ${tiles.coords[wrong]}, which is no pixel`, { file });
  return { dtype, shape: [tiles.coords.length / 2, 2], data: castNumbers(tiles.coords, dtype) };
}

function derivedAttributes(
  tiles: TileCoords,
  system: Exclude<CoordsSystem, 'atlaspatch' | 'hs2p'>,
  place: Parameters<typeof clamAttributes>[1],
): TypedAttributes {
  const { facts, origin } = tiles;
  switch (system) {
    case 'clam':
      return clamAttributes(facts, place);
    case 'trident':
      return tridentAttributes(facts, place);
    case 'wsinfer':
      return wsinferAttributes(facts, place);
    default: {
      const ours = typed({
        tile_size_px: facts.sizePx,
        patch_size_level0: facts.sizeLevel0Px,
        tile_mpp: facts.mpp,
        slide_mpp: facts.slideMpp,
        level0_magnification: facts.magnification,
        target_magnification: facts.targetMagnification,
        level0_width: facts.width,
        level0_height: facts.height,
        overlap: facts.overlapPx,
      });
      const kept = origin === null || origin.system === 'slidestream' ? {} : typed({ [ORIGIN]: JSON.stringify(origin) });
      return { ...clamAttributes(placedLevels(facts), place), ...ours, ...kept };
    }
  }
}

/** Our own files may leave the size of the slide unknown, as 0. */
function placedLevels(facts: TileFacts): TileFacts {
  return { ...facts, width: facts.width ?? 0, height: facts.height ?? 0 };
}

/** What is read for a tile: its size in its level where that is known, else at level 0. */
function readsOf({ level, readSizePx, sizeLevel0Px = 0 }: TileFacts): readonly number[] {
  const known = level !== undefined && readSizePx !== undefined && Number.isInteger(readSizePx);
  return known ? [readSizePx, readSizePx, level] : [Math.round(sizeLevel0Px), Math.round(sizeLevel0Px), 0];
}
