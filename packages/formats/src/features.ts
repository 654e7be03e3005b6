import type { TensorRecord } from '@slidestream/core';
import { bagOfRecord, type FeatureBag } from './feature-bag.js';
import { formatError } from './format-error.js';
import { type FeatureLayout, readHdf5Features, writeHdf5Features } from './hdf5-features.js';
import { readNpy } from './npy.js';
import { readNpz } from './npz.js';
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from './safetensors.js';
import { readTorch } from './torch-reader.js';
import { isTensorRecord, type TorchValue } from './torch-value.js';
import { writeTorch } from './torch-writer.js';

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
  if (isTensorRecord(value)) return bagOfRecord(value, null, path);
  if (value instanceof Map) return pick((name) => value.get(name), path);
  throw formatError('features-missing', 'the file holds no tensor', { file: path });
}

/**
 * Reads the features of one slide: `.pt` (a tensor, or a dict with `features`), `.h5` of CLAM, TRIDENT or STAMP, `.safetensors`, `.npy`, `.npz`.
 *
 * @throws SlidestreamError `format/features-*`, `format/*`, `pickle/*`, `io/*`
 *
 * @example
 * ```ts
 * const { features, count, dim } = await readFeatures('pt_files/case-1.pt');
 * ```
 */
export async function readFeatures(path: string): Promise<FeatureBag> {
  switch (extension(path)) {
    case 'h5':
    case 'hdf5':
      return readHdf5Features(path);
    case 'safetensors': {
      const tensors = await readSafetensors(path);
      const bag = pick((name) => tensors.get(name), path);
      const { unit, ...attributes } = (await readSafetensorsHeader(path)).metadata;
      return { ...bag, coordsUnit: bag.coords === null ? null : unit === 'um' ? 'um' : 'px', attributes };
    }
    case 'npy':
      return bagOfRecord(await readNpy(path), null, path);
    case 'npz': {
      const arrays = await readNpz(path);
      return pick((name) => arrays.get(name), path);
    }
    case 'pt':
    case 'pth':
    case 'bin':
      return bagOfTorch(await readTorch(path), path);
    default:
      throw formatError('features-extension', 'features are read from .pt, .h5, .safetensors, .npy and .npz', { file: path });
  }
}

/** How {@link writeFeatures} lays out an HDF5 file. */
export interface WriteFeaturesOptions {
  /** CLAM's by default. */
  readonly layout?: FeatureLayout | undefined;
}

/**
 * Writes the features of one slide by the ending of `path`: `.pt` a bare tensor as CLAM has it, `.h5` with coordinates, `.safetensors` with both.
 *
 * @throws SlidestreamError `io/*`, `format/features-*`
 */
export async function writeFeatures(path: string, bag: FeatureBag, options: WriteFeaturesOptions = {}): Promise<void> {
  const { count, dim, coords } = bag;
  if (bag.features.length !== count * dim) throw new RangeError(`${bag.features.length} values do not make ${count} rows of ${dim}`);
  const features: TensorRecord = { dtype: 'float32', shape: [count, dim], data: bag.features };
  switch (extension(path)) {
    case 'h5':
    case 'hdf5':
      return writeHdf5Features(path, bag, options.layout ?? 'clam');
    case 'safetensors': {
      const places: TensorRecord | null = coords === null ? null : { dtype: 'float64', shape: [count, 2], data: coords };
      const metadata = Object.fromEntries(Object.entries(bag.attributes).map(([name, value]) => [name, String(value)]));
      const unit: Record<string, string> = bag.coordsUnit === null ? {} : { unit: bag.coordsUnit };
      return writeSafetensors(path, new Map([['features', features], ...(places === null ? [] : [['coords', places] as const])]), {
        ...metadata,
        ...unit,
      });
    }
    case 'pt':
      return writeTorch(path, features);
    default:
      throw formatError('features-extension', 'features are written to .pt, .h5 and .safetensors', { file: path });
  }
}
