import { type TensorRecord, toFloat32 } from '@slidestream/core';
import type { Dataset, File } from 'h5wasm/node';
import { checkCoords, type FeatureBag } from './feature-bag.js';
import { formatError } from './format-error.js';
import { type AttributeValue, attributesOf, dataset, matrixShape, readHdf5, setAttribute, writeHdf5 } from './hdf5-file.js';
import { isHalf, readHalves } from './hdf5-half.js';

/** Most feature values that are read at once. */
const MAX_VALUES = 1 << 29;

function readValues(data: Dataset, path: string, name: string): Float32Array {
  if (isHalf(data)) {
    const halves = readHalves(data, data.metadata.total_size);
    return toFloat32({ dtype: 'float16', shape: [halves.length], data: halves } satisfies TensorRecord);
  }
  const value: unknown = data.value;
  if (value instanceof Float32Array) return value;
  if (!ArrayBuffer.isView(value)) throw formatError('hdf5-shape', `dataset ${name} holds no numbers`, { file: path });
  return Float32Array.from(value as unknown as ArrayLike<number | bigint>, Number);
}

function readBag(file: File, path: string): FeatureBag {
  const name = file.keys().includes('feats') ? 'feats' : 'features';
  const data = dataset(file, path, name);
  const shape = data.shape?.length === 3 && data.shape[0] === 1 ? data.shape.slice(1) : (data.shape ?? []);
  const [count, dim] = shape;
  if (shape.length !== 2 || count === undefined || dim === undefined || count * dim > MAX_VALUES) {
    throw formatError('features-shape', `dataset ${name} has the shape [${(data.shape ?? []).join(', ')}], [tiles, width] is expected`, {
      file: path,
    });
  }
  const features = count === 0 ? new Float32Array(0) : readValues(data, path, name);
  const root = attributesOf(file);
  const attributes: Record<string, AttributeValue> = { ...root, ...attributesOf(data) };
  let coords: Float64Array | null = null;
  if (file.keys().includes('coords')) {
    const places = dataset(file, path, 'coords');
    if (matrixShape(places, path, 'coords').join() !== `${count},2`) {
      throw formatError('features-coords', `coords has the shape [${(places.shape ?? []).join(', ')}] for ${count} tiles`, { file: path });
    }
    const values = count === 0 ? [] : (places.value as unknown as ArrayLike<number | bigint>);
    coords = checkCoords(Float64Array.from(values as ArrayLike<number>, Number), count, path);
    Object.assign(attributes, attributesOf(places));
  }
  const micrometres = root.unit === 'um' || (name === 'feats' && root.unit === undefined);
  return { features, count, dim, coords, coordsUnit: coords === null ? null : micrometres ? 'um' : 'px', attributes };
}

/** Reads features as CLAM (`features`, `coords`), TRIDENT (the same, with attributes) and STAMP (`feats`, coords in µm) keep them. */
export async function readHdf5Features(path: string): Promise<FeatureBag> {
  return readHdf5(path, (file) => readBag(file, path));
}

/** Whose layout an HDF5 file of features has. */
export type FeatureLayout = 'clam' | 'trident' | 'stamp';

type Kind = 'int' | 'float' | 'text';

function kindOf(value: AttributeValue): Kind {
  if (typeof value === 'string') return 'text';
  return (Array.isArray(value) ? value : [value]).every(Number.isInteger) ? 'int' : 'float';
}

function setAll(owner: Dataset | File, attributes: Readonly<Record<string, AttributeValue>>): void {
  for (const [name, value] of Object.entries(attributes)) setAttribute(owner, name, value, kindOf(value));
}

/**
 * Writes features in one of three layouts; the bag's attributes go where that layout has them (CLAM, TRIDENT: on `coords`; STAMP: on the file).
 *
 * @throws SlidestreamError `io/*`, `format/features-unit` when coordinates are of the other unit
 */
export async function writeHdf5Features(path: string, bag: FeatureBag, layout: FeatureLayout): Promise<void> {
  const unit = layout === 'stamp' ? 'um' : 'px';
  if (bag.coords !== null && bag.coordsUnit !== unit) {
    throw formatError(
      'features-unit',
      `${layout} keeps coordinates in ${unit === 'um' ? 'µm' : 'level-0 pixels'}`,
      { file: path },
      'Convert them with the slide’s mpp',
    );
  }
  const { count, dim } = bag;
  await writeHdf5(path, (file) => {
    const rows = Math.max(1, Math.min(32, count));
    if (layout === 'stamp') {
      setAll(file, { feat_type: 'tile', ...bag.attributes, unit: 'um' });
      // STAMP itself writes half floats and reads either; the library at hand cannot write them.
      file.create_dataset({ name: 'feats', data: bag.features, shape: [count, dim], dtype: '<f' });
      if (bag.coords !== null) file.create_dataset({ name: 'coords', data: bag.coords, shape: [count, 2], dtype: '<d' });
      return;
    }
    const features = file.create_dataset({
      name: 'features',
      data: bag.features,
      shape: [count, dim],
      dtype: '<f',
      maxshape: [null, dim],
      chunks: [rows, dim],
    });
    const { name, savetodir, encoder, ...rest } = bag.attributes;
    if (layout === 'trident') setAll(features, definedOnly({ name, savetodir, encoder }));
    if (bag.coords === null) return;
    const coords = file.create_dataset({
      name: 'coords',
      data: layout === 'clam' ? Int32Array.from(bag.coords) : BigInt64Array.from(bag.coords, (value) => BigInt(value)),
      shape: [count, 2],
      dtype: layout === 'clam' ? '<i' : '<q',
      maxshape: [null, 2],
      chunks: [layout === 'clam' ? rows : 1, 2],
    });
    setAll(coords, layout === 'trident' ? definedOnly({ ...rest, name, savetodir }) : definedOnly(bag.attributes));
  });
}

function definedOnly(attributes: Readonly<Record<string, AttributeValue | undefined>>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined));
}
