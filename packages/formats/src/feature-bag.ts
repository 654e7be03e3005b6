import { type DType, type TensorRecord, toFloat32 } from '@slidestream/core';
import { formatError } from './format-error.js';
import type { AttributeValue, TypedAttributes } from './hdf5-attributes.js';

/** Systems whose feature files are read and written. */
export type FeatureSystem = 'slidestream' | 'clam' | 'trident' | 'stamp' | 'atlaspatch' | 'slide2vec' | 'slideflow';

/** What a file of another system says beside the features, kept so that it can be written again as it was. */
export interface FeatureOrigin {
  readonly system: FeatureSystem;
  /** Name of the features in the file. */
  readonly dataset: string;
  readonly featureType: DType;
  readonly coordsType: DType | null;
  /** Attributes by where they stand, with their types. */
  readonly attributes: { readonly file: TypedAttributes; readonly features: TypedAttributes; readonly coords: TypedAttributes };
  /** AtlasPatch: width, height and level of what is read for a tile; one triple where all tiles are alike, else one a tile. */
  readonly reads?: readonly number[] | undefined;
  /** slide2vec: the text of the JSON beside the file. */
  readonly sidecar?: string | undefined;
}

/** Features of the tiles of one slide, with their places where the file has them. */
export interface FeatureBag {
  /** float32 [count, dim], row by row. */
  readonly features: Float32Array;
  readonly count: number;
  readonly dim: number;
  /** Top-left corners, flat [x0, y0, x1, y1, …]; `null` where the file has none. */
  readonly coords: Float64Array | null;
  /** Level-0 pixels, or µm in STAMP's files; `null` where there are no coords or the file does not say. */
  readonly coordsUnit: 'px' | 'um' | null;
  /** `centre` where coords are the middles of tiles (slideflow); corners where left out. */
  readonly coordsAnchor?: 'centre' | undefined;
  /** Attributes of coords, of features and of the file, by name. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Where the bag was read from, when that was a file of another system. */
  readonly origin?: FeatureOrigin | undefined;
}

/** A bag of a tensor [N, D] or [1, N, D]. @throws SlidestreamError `format/features-shape` */
export function bagOfRecord(record: TensorRecord, coords: TensorRecord | null, file: string | undefined): FeatureBag {
  const shape = record.shape.length === 3 && record.shape[0] === 1 ? record.shape.slice(1) : record.shape;
  const [count, dim] = shape;
  if (shape.length !== 2 || count === undefined || dim === undefined) {
    throw formatError('features-shape', `features have the shape [${record.shape.join(', ')}], [tiles, width] is expected`, { file });
  }
  const places = coords === null ? null : checkCoords(toNumbers(coords), count, file);
  return { features: toFloat32(record), count, dim, coords: places, coordsUnit: places === null ? null : 'px', attributes: {} };
}

/** The numbers of a record as float64. */
export function toNumbers(record: TensorRecord): Float64Array {
  return Float64Array.from(record.data as ArrayLike<number | bigint> as never, Number);
}

/** @throws SlidestreamError `format/features-coords` when there is not one pair a tile */
export function checkCoords(coords: Float64Array, count: number, file: string | undefined): Float64Array {
  if (coords.length !== 2 * count) throw formatError('features-coords', `${coords.length / 2} coordinates for ${count} tiles`, { file });
  return coords;
}
