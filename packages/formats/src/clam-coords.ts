import type { Dataset, File } from 'h5wasm/node';
import { formatError } from './format-error.js';
import { type AttributeValue, attributesOf, setAttributes, typed } from './hdf5-attributes.js';
import { dataset, readHdf5, writeHdf5 } from './hdf5-file.js';
import { findDataset, readRecord, writeRecord } from './hdf5-numbers.js';

/** Tile corners of one slide as CLAM's `patches/{slide}.h5` has them. */
export interface ClamCoords {
  /** Level-0 top-left corners, flat [x0, y0, x1, y1, …]. */
  readonly coords: Int32Array;
  /** Edge in pixels of `patchLevel`. */
  readonly patchSize: number;
  readonly patchLevel: number;
  /** Of `patchLevel` against level 0, along x and y. */
  readonly downsample: readonly [number, number];
  /** Size of `patchLevel`. */
  readonly levelSize: readonly [number, number];
  readonly downsampledLevelSize: readonly [number, number];
  readonly name: string;
  readonly savePath: string;
  /** Every attribute that stands beside CLAM's own (`custom_downsample` of old files, ours), by name. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Datasets beside `coords` that have one float32 or int32 for every tile, by name: CLAM itself has none. */
  readonly perTile: Readonly<Record<string, Float32Array | Int32Array>>;
}

/** What {@link writeClamCoords} takes; `attributes` are written beside CLAM's own. */
export interface ClamCoordsInput extends Omit<ClamCoords, 'coords' | 'attributes' | 'perTile' | 'downsampledLevelSize'> {
  /** Level-0 top-left corners, flat [x0, y0, x1, y1, …]. */
  readonly coords: ArrayLike<number>;
  /** `levelSize` where it is left out. */
  readonly downsampledLevelSize?: readonly [number, number] | undefined;
  readonly attributes?: Readonly<Record<string, AttributeValue>> | undefined;
  readonly perTile?: Readonly<Record<string, Float32Array | Int32Array>> | undefined;
}

const OWN = ['patch_size', 'patch_level', 'downsample', 'level_dim', 'downsampled_level_dim', 'name', 'save_path'];

/**
 * Reads CLAM's `patches/{slide}.h5`.
 *
 * @throws SlidestreamError `format/hdf5-*`, `format/coords-*`, `io/*`
 */
export async function readClamCoords(path: string): Promise<ClamCoords> {
  return readHdf5(path, (file) => {
    const data = dataset(file, path, 'coords');
    const coords = readCoordinates(data, path);
    const attributes = attributesOf(data);
    const number = (name: string): number => {
      const value = attributes[name];
      if (typeof value !== 'number')
        throw formatError('coords-attribute', `the attribute ${name} of coords is missing`, { file: path }, 'The file is no CLAM file');
      return value;
    };
    const pair = (name: string): readonly [number, number] => {
      const value = attributes[name];
      if (!Array.isArray(value) || value.length !== 2)
        throw formatError('coords-attribute', `the attribute ${name} of coords is no pair`, { file: path });
      return [value[0] as number, value[1] as number];
    };
    const levelSize = pair('level_dim');
    return {
      coords,
      patchSize: number('patch_size'),
      patchLevel: number('patch_level'),
      downsample: pair('downsample'),
      levelSize,
      downsampledLevelSize: attributes.downsampled_level_dim === undefined ? levelSize : pair('downsampled_level_dim'),
      name: String(attributes.name ?? ''),
      savePath: String(attributes.save_path ?? ''),
      attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => !OWN.includes(name))),
      perTile: readPerTile(file, path, coords.length / 2),
    };
  });
}

/** Every other dataset of one float32 or int32 a tile. */
function readPerTile(file: File, path: string, count: number): Record<string, Float32Array | Int32Array> {
  const out: Record<string, Float32Array | Int32Array> = {};
  for (const name of file.keys()) {
    const data = name === 'coords' ? undefined : findDataset(file, name);
    if (data === undefined || data.shape?.length !== 1 || data.shape[0] !== count || data.metadata.size !== 4) continue;
    if (data.metadata.type !== 0 && data.metadata.type !== 1) continue;
    const { data: values } = readRecord(data, path, name);
    if (values instanceof Float32Array || values instanceof Int32Array) out[name] = values;
  }
  return out;
}

/** The N×2 integers of a dataset, flat. @throws SlidestreamError `format/hdf5-shape`, `format/coords-range` */
function readCoordinates(data: Dataset, path: string): Int32Array {
  const { shape, data: values } = readRecord(data, path, 'coords');
  if (shape.length !== 2 || shape[1] !== 2)
    throw formatError('hdf5-shape', `coords has the shape [${shape.join(', ')}], two columns are expected`, { file: path });
  const out = new Int32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const value = Number(values[i]);
    if (!Number.isInteger(value) || Math.abs(value) > 0x7fffffff) {
      throw formatError('coords-range', `row ${i >> 1} of coords holds ${value}, which is no pixel of a slide`, { file: path });
    }
    out[i] = value;
  }
  return out;
}

/**
 * Writes CLAM's `patches/{slide}.h5` in CLAM's own layout: `coords` int64 (N, 2), resizable, chunks (1, 2), all attributes.
 *
 * @throws SlidestreamError `io/*`
 */
export async function writeClamCoords(path: string, input: ClamCoordsInput): Promise<void> {
  const rows = input.coords.length / 2;
  if (!Number.isInteger(rows)) throw new RangeError('coords holds half a pair');
  await writeHdf5(path, (file) => {
    const coords = BigInt64Array.from(input.coords, BigInt);
    const data = writeRecord(file, 'coords', { dtype: 'int64', shape: [rows, 2], data: coords }, { chunkRows: 1 });
    setAttributes(data, {
      downsample: { type: 'float64', value: input.downsample },
      ...typed({
        downsampled_level_dim: input.downsampledLevelSize ?? input.levelSize,
        level_dim: input.levelSize,
        name: input.name,
        patch_level: input.patchLevel,
        patch_size: input.patchSize,
        save_path: input.savePath,
        ...input.attributes,
      }),
    });
    for (const [name, values] of Object.entries(input.perTile ?? {})) {
      if (values.length !== rows) throw new RangeError(`${name} has ${values.length} values for ${rows} tiles`);
      writeRecord(file, name, { dtype: values instanceof Float32Array ? 'float32' : 'int32', shape: [rows], data: values });
    }
  });
}

/** The dataset `coords` of any HDF5 file, flat [x0, y0, …], without CLAM's attributes. @throws SlidestreamError `format/hdf5-*`, `format/coords-range` */
export async function readHdf5Coords(path: string): Promise<Int32Array> {
  return readHdf5(path, (file) => readCoordinates(dataset(file, path, 'coords'), path));
}
