import type { TensorRecord } from '@slidestream/core';
import { bagOfRecord, type FeatureBag, type FeatureOrigin } from './feature-bag.js';
import { parseFeatureOrigin, plainOrigin } from './feature-origin.js';
import { formatError } from './format-error.js';
import { valuesOf } from './hdf5-attributes.js';
import { type FeatureLayout, type Hdf5FeatureOptions, readHdf5Features, writeHdf5Features } from './hdf5-features.js';
import { narrowFloats } from './narrow-floats.js';
import { readNpy } from './npy.js';
import { readNpz } from './npz.js';
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from './safetensors.js';
import { readTorch } from './torch-reader.js';
import { isTensorRecord, type TorchValue } from './torch-value.js';
import { writeTorch } from './torch-writer.js';

/** Metadata of our files that keeps what the source said. */
const ORIGIN = 'slidestream_origin';
const NAMES = ['features', 'feats', 'embeddings', 'x'] as const;

function extension(path: string): string {
  return /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
}

function pick(find: (name: string) => unknown, path: string): FeatureBag {
  const features = NAMES.map(find).find(isTensorRecord);
  const coords = find('coords');
  if (features === undefined) throw formatError('features-missing', `the file has no tensor called ${NAMES.join(', ')}`, { file: path });
  return bagOfRecord(features, isTensorRecord(coords) ? coords : null, path);
}

function bagOfTorch(value: TorchValue, path: string): FeatureBag {
  if (isTensorRecord(value)) return { ...bagOfRecord(value, null, path), origin: plainOrigin('clam', value.dtype) };
  if (value instanceof Map) return pick((name) => value.get(name), path);
  throw formatError('features-missing', 'the file holds no tensor', { file: path });
}

async function readOwn(path: string): Promise<FeatureBag> {
  const tensors = await readSafetensors(path);
  const bag = pick((name) => tensors.get(name), path);
  const { unit, anchor, [ORIGIN]: kept, ...attributes } = (await readSafetensorsHeader(path)).metadata;
  const origin = kept === undefined ? undefined : parseFeatureOrigin(kept, path);
  return {
    ...bag,
    coordsUnit: bag.coords === null || unit === 'unknown' ? null : unit === 'um' ? 'um' : 'px',
    ...(anchor === 'centre' ? { coordsAnchor: 'centre' as const } : {}),
    attributes: origin === undefined ? attributes : { ...attributes, ...allValues(origin) },
    ...(origin === undefined ? {} : { origin }),
  };
}

function allValues({ attributes }: FeatureOrigin): FeatureBag['attributes'] {
  return { ...valuesOf(attributes.file), ...valuesOf(attributes.features), ...valuesOf(attributes.coords) };
}

async function writeOwn(path: string, bag: FeatureBag, features: TensorRecord): Promise<void> {
  const { count, coords, coordsUnit, coordsAnchor, attributes, origin } = bag;
  const tensors = new Map([['features', features]]);
  if (coords !== null) tensors.set('coords', { dtype: 'float64', shape: [count, 2], data: coords });
  const metadata = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
  await writeSafetensors(path, tensors, {
    ...metadata,
    ...(coords === null ? {} : { unit: coordsUnit ?? 'unknown' }),
    ...(coordsAnchor === undefined ? {} : { anchor: coordsAnchor }),
    ...(origin === undefined || origin.system === 'slidestream' ? {} : { [ORIGIN]: JSON.stringify(origin) }),
  });
}

/**
 * Reads the features of one slide: `.pt` (a tensor, or a dict with `features`), `.h5` of CLAM, TRIDENT, STAMP or AtlasPatch, `.safetensors`, `.npy`, `.npz`.
 *
 * @throws SlidestreamError `format/features-*`, `format/*`, `pickle/*`, `io/*`
 *
 * @example
 * ```ts
 * const { features, count, dim } = await readFeatures('pt_files/case-1.pt');
 * ```
 */
export async function readFeatures(path: string, options: Hdf5FeatureOptions = {}): Promise<FeatureBag> {
  switch (extension(path)) {
    case 'h5':
    case 'hdf5':
      return readHdf5Features(path, options);
    case 'safetensors':
      return readOwn(path);
    case 'npy':
      return bagOfRecord(await readNpy(path), null, path);
    case 'npz': {
      const arrays = await readNpz(path);
      const bag = pick((name) => arrays.get(name), path);
      const stored = NAMES.map((name) => arrays.get(name)).find(isTensorRecord);
      return { ...bag, origin: plainOrigin('slide2vec', stored?.dtype ?? 'float32') };
    }
    case 'pt':
    case 'pth':
    case 'bin':
      return bagOfTorch(await readTorch(path), path);
    default:
      throw formatError('features-extension', 'features are read from .pt, .h5, .safetensors, .npy and .npz', { file: path });
  }
}

/** Whose layout {@link writeFeatures} follows; a bag that was read from the same system keeps its types and attributes. */
export interface WriteFeaturesOptions {
  /** CLAM's by default. */
  readonly layout?: FeatureLayout | 'slide2vec' | 'slideflow' | undefined;
}

/**
 * Writes the features of one slide by the ending of `path`: `.pt` a bare tensor as CLAM has it, `.h5` with coordinates, `.safetensors` with both.
 *
 * @throws SlidestreamError `io/*`, `format/features-*`
 */
export async function writeFeatures(path: string, bag: FeatureBag, options: WriteFeaturesOptions = {}): Promise<void> {
  const { count, dim } = bag;
  const { layout = 'clam' } = options;
  if (bag.features.length !== count * dim) throw new RangeError(`${bag.features.length} values do not make ${count} rows of ${dim}`);
  const features: TensorRecord = { dtype: 'float32', shape: [count, dim], data: bag.features };
  switch (extension(path)) {
    case 'h5':
    case 'hdf5':
      if (layout === 'slide2vec' || layout === 'slideflow') throw formatError('features-extension', `${layout} has no .h5`, { file: path });
      return writeHdf5Features(path, bag, layout);
    case 'safetensors':
      return writeOwn(path, bag, features);
    case 'pt': {
      const kept = bag.origin?.system === layout ? bag.origin.featureType : 'float32';
      return writeTorch(path, { ...features, dtype: kept, data: narrowFloats(bag.features, kept) });
    }
    default:
      throw formatError('features-extension', 'features are written to .pt, .h5 and .safetensors', { file: path });
  }
}
