import { basename } from 'node:path';
import { type TensorRecord, toFloat32 } from '@slidestream/core';
import type { Dataset, File } from 'h5wasm/node';
import { checkPassports, readAtlasPatchRows, writeAtlasPatchRows } from './atlas-patch.js';
import { checkCoords, type FeatureBag, type FeatureOrigin, toNumbers } from './feature-bag.js';
import { formatError } from './format-error.js';
import { setAttributes, type TypedAttributes, typed, typedAttributesOf, valuesOf } from './hdf5-attributes.js';
import { dataset, readHdf5, writeHdf5 } from './hdf5-file.js';
import { fillHalves, halfTemplate } from './hdf5-half.js';
import { castNumbers, findDataset, findGroup, readRecord, writeRecord } from './hdf5-numbers.js';
import { narrowFloats, toHalves } from './narrow-floats.js';

/** Whose layout an HDF5 file of features has. */
export type FeatureLayout = 'clam' | 'trident' | 'stamp' | 'atlaspatch';

/** Which features of a file with several are meant. */
export interface Hdf5FeatureOptions {
  /** Name of the encoder, for files of AtlasPatch that hold more than one. */
  readonly encoder?: string | undefined;
}

interface Found {
  readonly layout: FeatureLayout;
  readonly name: string;
  readonly data: Dataset;
}

function findFeatures(file: File, path: string, encoder: string | undefined): Found {
  const group = findGroup(file, 'features');
  if (group !== undefined) {
    const names = group.keys();
    const name = encoder ?? (names.length === 1 ? names[0] : undefined);
    if (name === undefined) {
      const message = `the file holds features of ${names.length} encoders: ${names.slice(0, 10).join(', ')}`;
      throw formatError('features-which', message, { file: path }, 'Name one of them');
    }
    const data = findDataset(group, name);
    if (data === undefined) throw formatError('features-missing', `the file has no features of ${JSON.stringify(name)}`, { file: path });
    return { layout: 'atlaspatch', name, data };
  }
  if (file.keys().includes('feats')) return { layout: 'stamp', name: 'feats', data: dataset(file, path, 'feats') };
  const places = findDataset(file, 'coords');
  const layout = places !== undefined && 'patch_size_level0' in places.attrs ? 'trident' : 'clam';
  return { layout, name: 'features', data: dataset(file, path, 'features') };
}

function readBag(file: File, path: string, options: Hdf5FeatureOptions): FeatureBag {
  const { layout, name, data } = findFeatures(file, path, options.encoder);
  const record = readRecord(data, path, name);
  const shape = record.shape.length === 3 && record.shape[0] === 1 ? record.shape.slice(1) : record.shape;
  const [count, dim] = shape;
  if (shape.length !== 2 || count === undefined || dim === undefined) {
    throw formatError('features-shape', `dataset ${name} has the shape [${record.shape.join(', ')}], [tiles, width] is expected`, {
      file: path,
    });
  }
  const attributes = { file: typedAttributesOf(file), features: typedAttributesOf(data), coords: {} as TypedAttributes };
  let coords: Float64Array | null = null;
  let coordsType: FeatureOrigin['coordsType'] = null;
  let reads: readonly number[] | undefined;
  const places = findDataset(file, 'coords');
  if (places !== undefined) {
    attributes.coords = typedAttributesOf(places);
    if (layout === 'atlaspatch') {
      const rows = readAtlasPatchRows(file, path);
      checkPassports(file, basename(path).replace(/\.[^.]*$/, ''), rows, attributes.file, path);
      ({ coords, reads } = rows);
      coordsType = 'int32';
    } else {
      const found = readRecord(places, path, 'coords');
      if (found.shape.join() !== `${count},2`)
        throw formatError('features-coords', `coords has the shape [${found.shape.join(', ')}] for ${count} tiles`, { file: path });
      coords = toNumbers(found);
      coordsType = found.dtype;
    }
    checkCoords(coords, count, path);
  }
  return {
    features: toFloat32(record),
    count,
    dim,
    coords,
    coordsUnit: coords === null ? null : unitOf(layout, attributes.file),
    attributes: { ...valuesOf(attributes.file), ...valuesOf(attributes.features), ...valuesOf(attributes.coords) },
    origin: {
      system: layout,
      dataset: name,
      featureType: record.dtype,
      coordsType,
      attributes,
      ...(reads === undefined ? {} : { reads }),
    },
  };
}

/** STAMP's own rule: µm when the file says so or has a tile size in µm; older files are not told apart safely. */
function unitOf(layout: FeatureLayout, file: TypedAttributes): FeatureBag['coordsUnit'] {
  if (layout !== 'stamp') return 'px';
  return file.unit?.value === 'um' || file.tile_size_um !== undefined ? 'um' : file.unit?.value === 'px' ? 'px' : null;
}

/**
 * Reads features as CLAM (`features`, `coords`), TRIDENT (the same, with attributes), STAMP (`feats`, coords in µm) and AtlasPatch
 * (`features/{encoder}`, coords with five columns) keep them.
 *
 * @throws SlidestreamError `format/*`, `io/*`
 */
export async function readHdf5Features(path: string, options: Hdf5FeatureOptions = {}): Promise<FeatureBag> {
  return readHdf5(path, (file) => readBag(file, path, options));
}

/**
 * Writes features in one of four layouts. A bag that was read from the same layout is written with the same types and attributes; for any other, the bag's
 * attributes go where that layout has them.
 *
 * @throws SlidestreamError `io/*`, `format/features-unit` when coordinates are of the other unit, `format/features-range` for values
 * that STAMP's half floats cannot hold
 */
export async function writeHdf5Features(path: string, bag: FeatureBag, layout: FeatureLayout): Promise<void> {
  checkPlaces(path, bag, layout);
  const origin = bag.origin?.system === layout ? bag.origin : derived(bag, layout);
  const { count, dim } = bag;
  const half = origin.featureType === 'float16';
  if (half && origin.dataset !== 'feats') throw new RangeError('half floats are written for STAMP only');
  await writeHdf5(
    path,
    (file) => {
      const places = coordsRecord(bag, origin);
      if (half) {
        const data = dataset(file, path, 'feats');
        fillHalves(data, halvesOf(bag, path), [count, dim]);
        setAttributes(data, origin.attributes.features);
      } else {
        const chunkRows = layout === 'stamp' ? undefined : layout === 'trident' ? 1 : Math.min(32, count);
        const owner = layout === 'atlaspatch' ? file.create_group('features') : file;
        const record = {
          dtype: origin.featureType,
          shape: [count, dim],
          data: narrowFloats(bag.features, origin.featureType),
        } as TensorRecord;
        setAttributes(writeRecord(owner, origin.dataset, record, { chunkRows }), origin.attributes.features);
      }
      setAttributes(file as unknown as Dataset, origin.attributes.file);
      if (bag.coords === null) return;
      if (layout === 'atlaspatch') {
        const slide = basename(path).replace(/\.[^.]*$/, '');
        writeAtlasPatchRows(file, slide, { coords: bag.coords, reads: origin.reads ?? [] }, origin.attributes.file, path);
        setAttributes(dataset(file, path, 'coords'), origin.attributes.coords);
      } else if (places !== null) {
        const chunkRows = layout === 'stamp' ? undefined : layout === 'trident' ? 1 : Math.min(32, count);
        setAttributes(writeRecord(file, 'coords', places, { chunkRows }), origin.attributes.coords);
      }
    },
    half ? halfTemplate() : undefined,
  );
}

function checkPlaces(path: string, bag: FeatureBag, layout: FeatureLayout): void {
  const unit = layout === 'stamp' ? 'um' : 'px';
  if (bag.coords === null || bag.origin?.system === layout) return;
  if (bag.coordsUnit === unit && bag.coordsAnchor === undefined) return;
  const message = `${layout} keeps corners of tiles in ${unit === 'um' ? 'µm' : 'level-0 pixels'}`;
  throw formatError('features-unit', message, { file: path }, 'Convert them with the slide’s mpp: placesIn');
}

function halvesOf(bag: FeatureBag, path: string): Uint16Array {
  const bits = toHalves(bag.features);
  const wrong = bits.findIndex((value, i) => (value & 0x7fff) === 0x7c00 && Number.isFinite(bag.features[i]));
  if (wrong >= 0) {
    const message = `tile ${Math.floor(wrong / bag.dim)} has the feature ${bag.features[wrong]}, half floats end at 65504`;
    throw formatError('features-range', message, { file: path }, 'Write another layout than STAMP’s');
  }
  return bits;
}

function coordsRecord(bag: FeatureBag, origin: FeatureOrigin): TensorRecord | null {
  if (bag.coords === null || origin.coordsType === null) return null;
  return { dtype: origin.coordsType, shape: [bag.count, 2], data: castNumbers(bag.coords, origin.coordsType) };
}

/** How `layout` would have written a bag that comes from elsewhere. */
function derived(bag: FeatureBag, layout: FeatureLayout): FeatureOrigin {
  const { name, savetodir, encoder, ...rest } = bag.attributes;
  const base = { system: layout, featureType: 'float32', coordsType: null } as const;
  switch (layout) {
    case 'stamp': {
      const { unit: _, ...own } = rest;
      const file = typed({ feat_type: 'tile', extractor: encoder, ...own, unit: 'um' });
      const attributes = { file, features: {}, coords: {} };
      return { ...base, dataset: 'feats', featureType: 'float16', coordsType: 'float32', attributes };
    }
    case 'trident': {
      const attributes = { file: {}, features: typed({ name, savetodir, encoder }), coords: typed({ ...rest, name, savetodir }) };
      return { ...base, dataset: 'features', coordsType: 'int64', attributes };
    }
    case 'atlaspatch': {
      const reads = bag.origin?.reads ?? readsOf(rest);
      const attributes = { file: typed({ ...rest, num_patches: bag.count }), features: {}, coords: {} };
      return { ...base, dataset: String(encoder ?? 'features'), coordsType: 'int32', attributes, reads };
    }
    default:
      return { ...base, dataset: 'features', coordsType: 'int32', attributes: { file: {}, features: {}, coords: typed(bag.attributes) } };
  }
}

/** What is read for a tile where only its size at level 0 is known. */
function readsOf({ patch_size_level0: size }: FeatureBag['attributes']): readonly number[] {
  if (typeof size !== 'number')
    throw formatError(
      'features-facts',
      'AtlasPatch keeps the size of tiles at level 0',
      {},
      'Give the bag the attribute patch_size_level0',
    );
  return [size, size, 0];
}
