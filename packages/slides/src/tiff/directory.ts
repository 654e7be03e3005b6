import type { ByteSource } from '../byte-source.js';
import { slideError } from '../errors.js';
import { TAG, TYPE_BYTES } from './tags.js';

/** More directories than any slide has: a file with more is hostile or no slide. */
const MAX_DIRECTORIES = 4096;
const MAX_FIELDS = 1024;
/** The most that is read of a text: an OME-XML of a big plate is a few megabytes. */
const MAX_TEXT_BYTES = 32 << 20;
const KNOWN_TAGS: ReadonlySet<number> = new Set(Object.values(TAG));

/** One field as it stands in the file; `at` is the place of its values. */
interface TiffField {
  readonly type: number;
  readonly count: number;
  readonly at: number;
}

/** One image file directory. */
export interface TiffDirectory {
  /** Place in the main chain, 0-based; SubIFDs carry their parent's. */
  readonly index: number;
  readonly offset: number;
  readonly fields: ReadonlyMap<number, TiffField>;
  readonly children: readonly TiffDirectory[];
}

/** The directories of a TIFF or BigTIFF file. */
export interface TiffFile {
  readonly source: ByteSource;
  readonly littleEndian: boolean;
  readonly bigTiff: boolean;
  readonly directories: readonly TiffDirectory[];
}

/** Whether bytes start as a TIFF or BigTIFF file does. */
export function isTiff(head: Uint8Array): boolean {
  if (head.length < 8) return false;
  const [a, b, c, d] = head;
  return (a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0) || (a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43));
}

/**
 * Reads all directories and SubIFDs of a TIFF or BigTIFF, bounded in number and memory.
 *
 * @throws SlidestreamError `slide/corrupt`, `slide/truncated`
 */
export async function readTiff(source: ByteSource): Promise<TiffFile> {
  const head = await source.read(0, Math.min(16, source.size));
  if (!isTiff(head)) throw corrupt(source, 0, 'this is no TIFF file');
  const littleEndian = head[0] === 0x49;
  const view = viewOf(head);
  const bigTiff = view.getUint16(2, littleEndian) === 43;
  if (bigTiff && (head.length < 16 || view.getUint16(4, littleEndian) !== 8 || view.getUint16(6, littleEndian) !== 0)) {
    throw corrupt(source, 4, 'BigTIFF offsets must have 8 bytes');
  }
  const format: Format = { source, littleEndian, bigTiff };
  const visited = new Set<number>();
  const directories: TiffDirectory[] = [];
  let next = bigTiff ? safeInteger(view.getBigUint64(8, littleEndian), source, 8) : view.getUint32(4, littleEndian);
  while (next !== 0) {
    const { directory, following } = await readDirectory(format, next, directories.length, visited, 0);
    directories.push(directory);
    next = following;
  }
  if (directories.length === 0) throw corrupt(source, bigTiff ? 8 : 4, 'the TIFF file holds no image');
  return { ...format, directories };
}

type Format = Pick<TiffFile, 'source' | 'littleEndian' | 'bigTiff'>;

async function readDirectory(
  format: Format,
  offset: number,
  index: number,
  visited: Set<number>,
  depth: number,
): Promise<{ directory: TiffDirectory; following: number }> {
  const { source, littleEndian, bigTiff } = format;
  if (visited.has(offset)) throw corrupt(source, offset, 'the chain of TIFF directories loops');
  if (visited.size >= MAX_DIRECTORIES) throw corrupt(source, offset, `more than ${MAX_DIRECTORIES} TIFF directories`);
  visited.add(offset);
  const countBytes = bigTiff ? 8 : 2;
  const linkBytes = bigTiff ? 8 : 4;
  const entryBytes = bigTiff ? 20 : 12;
  const head = viewOf(await source.read(offset, countBytes));
  const count = bigTiff ? safeInteger(head.getBigUint64(0, littleEndian), source, offset) : head.getUint16(0, littleEndian);
  if (count === 0 || count > MAX_FIELDS) throw corrupt(source, offset, `a TIFF directory of ${count} fields`);
  const view = viewOf(await source.read(offset + countBytes, count * entryBytes + linkBytes));
  const fields = new Map<number, TiffField>();
  for (let i = 0; i < count; i++) {
    const at = i * entryBytes;
    const tag = view.getUint16(at, littleEndian);
    const type = view.getUint16(at + 2, littleEndian);
    const place = offset + countBytes + at;
    const values = bigTiff ? safeInteger(view.getBigUint64(at + 4, littleEndian), source, place) : view.getUint32(at + 4, littleEndian);
    const bytes = (TYPE_BYTES[type] ?? 0) * values;
    // Unknown fields are not kept: a thousand in each of thousands of directories would be hundreds of megabytes.
    if (bytes === 0 || !KNOWN_TAGS.has(tag)) continue;
    const inline = place + (bigTiff ? 12 : 8);
    const pointer = (): number =>
      bigTiff ? safeInteger(view.getBigUint64(at + 12, littleEndian), source, inline) : view.getUint32(at + 8, littleEndian);
    if (!fields.has(tag)) fields.set(tag, { type, count: values, at: bytes <= linkBytes ? inline : pointer() });
  }
  const end = count * entryBytes;
  const following = bigTiff ? safeInteger(view.getBigUint64(end, littleEndian), source, offset) : view.getUint32(end, littleEndian);
  const children: TiffDirectory[] = [];
  const file: TiffFile = { ...format, directories: [] };
  const parent: TiffDirectory = { index, offset, fields, children };
  // SubIFDs of SubIFDs are not used by any slide; not following them bounds the depth.
  if (depth === 0 && fields.has(TAG.subIfds)) {
    for (const child of await readNumbers(file, parent, TAG.subIfds, MAX_DIRECTORIES)) {
      if (child !== 0) children.push((await readDirectory(format, child, index, visited, depth + 1)).directory);
    }
  }
  return { directory: parent, following };
}

/** All values of a numeric field; none when the field is absent. @throws SlidestreamError `slide/corrupt`, `slide/truncated` */
export async function readNumbers(file: TiffFile, directory: TiffDirectory, tag: number, maxCount: number): Promise<Float64Array> {
  const field = directory.fields.get(tag);
  if (field === undefined) return new Float64Array(0);
  const { source, littleEndian } = file;
  if (field.count > maxCount)
    throw corrupt(source, directory.offset, `TIFF tag ${tag} holds ${field.count} values, at most ${maxCount} make sense`);
  const size = TYPE_BYTES[field.type] as number;
  const view = viewOf(await source.read(field.at, field.count * size));
  const values = new Float64Array(field.count);
  for (let i = 0; i < field.count; i++) values[i] = readNumber(view, i * size, field.type, littleEndian);
  return values;
}

/** The first value of a numeric field. */
export async function readFirst(file: TiffFile, directory: TiffDirectory, tag: number): Promise<number | undefined> {
  const field = directory.fields.get(tag);
  if (field === undefined) return undefined;
  const view = viewOf(await file.source.read(field.at, TYPE_BYTES[field.type] as number));
  return readNumber(view, 0, field.type, file.littleEndian);
}

/** The bytes of a field, at most `most`; `undefined` when it is absent. @throws SlidestreamError `slide/corrupt` for more */
export async function readBytes(file: TiffFile, directory: TiffDirectory, tag: number, most: number): Promise<Uint8Array | undefined> {
  const field = directory.fields.get(tag);
  if (field === undefined) return undefined;
  const length = field.count * (TYPE_BYTES[field.type] as number);
  if (length > most) throw corrupt(file.source, directory.offset, `TIFF tag ${tag} holds ${length} bytes`);
  return file.source.read(field.at, length);
}

/** The text of a field up to its first NUL, or its first `most` bytes. */
export async function readText(file: TiffFile, directory: TiffDirectory, tag: number, most = MAX_TEXT_BYTES): Promise<string | undefined> {
  const field = directory.fields.get(tag);
  if (field === undefined) return undefined;
  const bytes = await file.source.read(field.at, Math.min(most, field.count * (TYPE_BYTES[field.type] as number)));
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function readNumber(view: DataView, at: number, type: number, little: boolean): number {
  switch (type) {
    case 3:
      return view.getUint16(at, little);
    case 4:
    case 13:
      return view.getUint32(at, little);
    case 5:
      return view.getUint32(at, little) / view.getUint32(at + 4, little);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, little);
    case 9:
      return view.getInt32(at, little);
    case 10:
      return view.getInt32(at, little) / view.getInt32(at + 4, little);
    case 11:
      return view.getFloat32(at, little);
    case 12:
      return view.getFloat64(at, little);
    case 16:
    case 18:
      return Number(view.getBigUint64(at, little));
    case 17:
      return Number(view.getBigInt64(at, little));
    default:
      return view.getUint8(at);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function safeInteger(value: bigint, source: ByteSource, offset: number): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw corrupt(source, offset, 'a 64-bit number beyond any file');
  return Number(value);
}

function corrupt(source: ByteSource, offset: number, message: string): Error {
  return slideError('slide/corrupt', message, { where: { file: source.name, offset }, hint: 'Copy or download the file again' });
}
