import { type TensorRecord, toFloat32 } from '@slidestream/core';
import { formatError } from './format-error.js';
import type { AttributeValue } from './hdf5-file.js';

/** Features of the tiles of one slide, with their places where the file has them. */
export interface FeatureBag {
  /** float32 [count, dim], row by row. */
  readonly features: Float32Array;
  readonly count: number;
  readonly dim: number;
  /** Top-left corners, flat [x0, y0, x1, y1, …]; `null` where the file has none. */
  readonly coords: Float64Array | null;
  /** Level-0 pixels, or µm in STAMP's files; `null` where there are no coords. */
  readonly coordsUnit: 'px' | 'um' | null;
  /** Attributes of coords, of features and of the file, by name. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A bag of a tensor [N, D] or [1, N, D]. @throws SlidestreamError `format/features-shape` */
export function bagOfRecord(record: TensorRecord, coords: TensorRecord | null, file: string | undefined): FeatureBag {
  const shape = record.shape.length === 3 && record.shape[0] === 1 ? record.shape.slice(1) : record.shape;
  const [count, dim] = shape;
  if (shape.length !== 2 || count === undefined || dim === undefined) {
    throw formatError('features-shape', `features have the shape [${record.shape.join(', ')}], [tiles, width] is expected`, { file });
  }
  const places =
    coords === null ? null : checkCoords(Float64Array.from(coords.data as ArrayLike<number | bigint> as never, Number), count, file);
  return { features: toFloat32(record), count, dim, coords: places, coordsUnit: places === null ? null : 'px', attributes: {} };
}

/** @throws SlidestreamError `format/features-coords` when there is not one pair a tile */
export function checkCoords(coords: Float64Array, count: number, file: string | undefined): Float64Array {
  if (coords.length !== 2 * count) throw formatError('features-coords', `${coords.length / 2} coordinates for ${count} tiles`, { file });
  return coords;
}
