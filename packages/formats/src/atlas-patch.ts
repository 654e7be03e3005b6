import type { TensorRecord } from '@slidestream/core';
import type { File } from 'h5wasm/node';
import { formatError } from './format-error.js';
import type { TypedAttributes } from './hdf5-attributes.js';
import { findDataset, readRecord, writeRecord } from './hdf5-numbers.js';

/** Rows of AtlasPatch's `coords`: x, y, width, height, level. */
export interface AtlasPatchRows {
  /** Level-0 corners, flat [x0, y0, …]. */
  readonly coords: Float64Array;
  /** Width, height, level: one triple where all tiles are alike, else one a tile. */
  readonly reads: readonly number[];
}

/** Width of AtlasPatch's `passports`, a name for every tile. */
const PASSPORT_BYTES = 160;
const CHUNK_ROWS = 8192;

/** Splits `coords` [N, 5]. @throws SlidestreamError `format/hdf5-shape` */
function splitAtlasPatchRows(record: TensorRecord, path: string): AtlasPatchRows {
  const [rows = 0, columns] = record.shape;
  if (record.shape.length !== 2 || columns !== 5) {
    throw formatError('hdf5-shape', `coords has the shape [${record.shape.join(', ')}], AtlasPatch's has five columns`, { file: path });
  }
  const coords = new Float64Array(rows * 2);
  const reads = new Array<number>(rows * 3);
  for (let row = 0; row < rows; row++) {
    coords[2 * row] = Number(record.data[5 * row]);
    coords[2 * row + 1] = Number(record.data[5 * row + 1]);
    for (let i = 0; i < 3; i++) reads[3 * row + i] = Number(record.data[5 * row + 2 + i]);
  }
  const alike = reads.every((value, i) => value === reads[i % 3]);
  return { coords, reads: alike ? reads.slice(0, 3) : reads };
}

/**
 * Writes `coords` int32 [N, 5] and, where the attributes have their format, `passports`.
 *
 * @throws SlidestreamError `format/coords-range`
 */
export function writeAtlasPatchRows(file: File, slide: string, rows: AtlasPatchRows, attributes: TypedAttributes, path: string): void {
  const count = rows.coords.length / 2;
  const data = new Int32Array(count * 5);
  for (let row = 0; row < count; row++) {
    const at = rows.reads.length === 3 ? 0 : 3 * row;
    data.set([...rows.coords.subarray(2 * row, 2 * row + 2), ...rows.reads.slice(at, at + 3)], 5 * row);
  }
  const wrong = rows.coords.findIndex((value) => !Number.isInteger(value) || Math.abs(value) > 0x7fffffff);
  if (wrong >= 0)
    throw formatError('coords-range', `tile ${wrong >> 1} lies at ${rows.coords[wrong]}; AtlasPatch keeps whole pixels`, { file: path });
  writeRecord(file, 'coords', { dtype: 'int32', shape: [count, 5], data }, { chunkRows: CHUNK_ROWS });
  const format = attributes.passport_format?.value;
  if (typeof format === 'string') {
    file.create_dataset({
      name: 'passports',
      data: Array.from({ length: count }, (_, row) => passport(format, slide, data.subarray(5 * row, 5 * row + 5), { attributes, count })),
      shape: [count],
      dtype: `A${PASSPORT_BYTES}`,
      chunks: [CHUNK_ROWS],
      maxshape: [null],
    });
  }
}

/** Whether the tiles' names can be made anew from the attributes. @throws SlidestreamError `format/atlaspatch-passports` when they are others */
export function checkPassports(file: File, slide: string, rows: AtlasPatchRows, attributes: TypedAttributes, path: string): void {
  const found = findDataset(file, 'passports');
  if (found === undefined) return;
  const format = attributes.passport_format?.value;
  const count = rows.coords.length / 2;
  // Their number and width are known before they are read.
  const fits = found.shape?.join() === String(count) && found.metadata.size <= 1024;
  const names: unknown = count === 0 || !fits ? [] : found.value;
  const agree =
    typeof format === 'string' &&
    Array.isArray(names) &&
    names.length === count &&
    names.every((name, row) => {
      const at = rows.reads.length === 3 ? 0 : 3 * row;
      const values = [...rows.coords.subarray(2 * row, 2 * row + 2), ...rows.reads.slice(at, at + 3)];
      // The library takes the bytes of fixed texts for Latin-1.
      const text = typeof name === 'string' ? Buffer.from(name, 'latin1').toString('utf8') : name;
      return text === passport(format, slide, values, { attributes, count });
    });
  if (!agree) throw formatError('atlaspatch-passports', 'the names of the tiles do not agree with their coordinates', { file: path });
}

function passport(
  format: string,
  slide: string,
  [x = 0, y = 0, width = 0, height = 0, level = 0]: ArrayLike<number> & Iterable<number>,
  { attributes, count }: { readonly attributes: TypedAttributes; readonly count: number },
): string {
  const magnification = (name: string): string => String(attributes[name]?.value || 'na');
  const values: Readonly<Record<string, string | number>> = {
    stem: slide,
    X: x,
    Y: y,
    RW: width,
    RH: height,
    LV: level,
    MAG: magnification('level0_magnification'),
    TMAG: magnification('target_magnification'),
    TOTAL: count,
  };
  const name = format.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
  return Buffer.from(name, 'utf8').subarray(0, PASSPORT_BYTES).toString('utf8');
}

/** The number records of an AtlasPatch file. @throws SlidestreamError `format/hdf5-missing` */
export function readAtlasPatchRows(file: File, path: string): AtlasPatchRows {
  const coords = findDataset(file, 'coords');
  if (coords === undefined) throw formatError('hdf5-missing', 'the file has no dataset "coords"', { file: path });
  return splitAtlasPatchRows(readRecord(coords, path, 'coords'), path);
}
