import { SEQUENCES, TAG } from './tags.js';

/** Where the value of an attribute lies; `end` of a sequence without a length is before its delimiter. */
interface DicomElement {
  readonly vr: string;
  /** Into the bytes of the file. */
  readonly start: number;
  readonly end: number;
}

/** A parsed data set: values are looked up in the file's bytes when asked for. */
export interface DataSet {
  readonly bytes: Uint8Array;
  readonly explicit: boolean;
  readonly elements: ReadonlyMap<number, DicomElement>;
}

/** Where the pixels of a file are. */
export interface PixelDataPlace {
  /** Place of the first byte after the element's header. */
  readonly start: number;
  /** `undefined` = encapsulated in items, up to a delimiter. */
  readonly length: number | undefined;
}

/** The bytes given end before the data set does: more of the file is needed. */
export class NeedMoreBytes extends Error {
  constructor() {
    super('the header is longer than what was read of it');
    this.name = 'NeedMoreBytes';
  }
}

/** The bytes are no DICOM data set. */
export class BadDataSet extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = 'BadDataSet';
    this.offset = offset;
  }
}

const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const UNDEFINED = 0xffffffff;
const MAX_DEPTH = 16;
const MAX_ELEMENTS = 16384;
/** Types whose length has four bytes, after two that are reserved. */
const LONG_TYPES: ReadonlySet<string> = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

interface Header {
  readonly tag: number;
  readonly vr: string;
  readonly start: number;
  /** `undefined` = up to a delimiter. */
  readonly length: number | undefined;
}

function readHeader(bytes: Uint8Array, at: number, explicit: boolean): Header {
  if (at + 8 > bytes.length) throw new NeedMoreBytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = view.getUint16(at, true) * 65536 + view.getUint16(at + 2, true);
  // Items and delimiters have no type even where all others have.
  if (!explicit || tag >= 0xfffe0000) {
    const length = view.getUint32(at + 4, true);
    const vr = SEQUENCES.has(tag) ? 'SQ' : '';
    return { tag, vr, start: at + 8, length: length === UNDEFINED ? undefined : length };
  }
  const vr = String.fromCharCode(bytes[at + 4] as number, bytes[at + 5] as number);
  if (!/^[A-Z]{2}$/.test(vr)) throw new BadDataSet('an attribute without a type', at);
  if (!LONG_TYPES.has(vr)) return { tag, vr, start: at + 8, length: view.getUint16(at + 6, true) };
  if (at + 12 > bytes.length) throw new NeedMoreBytes();
  const length = view.getUint32(at + 8, true);
  return { tag, vr, start: at + 12, length: length === UNDEFINED ? undefined : length };
}

/**
 * Reads the attributes from `at` on, up to the pixels.
 *
 * @param bytes the file from its beginning, perhaps not to its end
 * @param size bytes of the whole file: what claims to be longer is refused
 * @throws NeedMoreBytes when the pixels begin after `bytes` end
 * @throws BadDataSet
 */
export function readDataSet(
  bytes: Uint8Array,
  at: number,
  explicit: boolean,
  size: number,
): { set: DataSet; pixels: PixelDataPlace | undefined } {
  const elements = new Map<number, DicomElement>();
  let position = at;
  while (position < size) {
    const { tag, vr, start, length } = readHeader(bytes, position, explicit);
    if (tag === TAG.pixelData) {
      if (length !== undefined && start + length > size) throw new BadDataSet('the pixels reach past the end of the file', position);
      return { set: { bytes, explicit, elements }, pixels: { start, length } };
    }
    const end = endOf(bytes, { tag, vr, start, length }, explicit, 0, size);
    if (elements.size >= MAX_ELEMENTS) throw new BadDataSet(`more than ${MAX_ELEMENTS} attributes`, position);
    if (!elements.has(tag)) elements.set(tag, { vr, start, end: end.value });
    position = end.next;
  }
  return { set: { bytes, explicit, elements }, pixels: undefined };
}

/** Where the value of an element ends, and where the next element begins. */
function endOf(bytes: Uint8Array, header: Header, explicit: boolean, depth: number, size: number): { value: number; next: number } {
  const { vr, start, length } = header;
  if (length !== undefined) {
    const end = start + length;
    if (end > size) throw new BadDataSet('an attribute reaches past the end of the file', start);
    if (end > bytes.length) throw new NeedMoreBytes();
    return { value: end, next: end };
  }
  if (depth >= MAX_DEPTH) throw new BadDataSet(`sequences more than ${MAX_DEPTH} deep`, start);
  // A type that is unknown to its writer is stored as if no types were.
  const inner = vr === 'UN' ? false : explicit;
  for (let at = start; ; ) {
    if (at >= size) throw new BadDataSet('a sequence does not end', start);
    const item = readHeader(bytes, at, inner);
    if (item.tag === SEQUENCE_END) return { value: at, next: at + 8 };
    if (item.tag !== ITEM) throw new BadDataSet('a sequence holds what is no item', at);
    at = endOfItem(bytes, item, inner, depth, size).next;
  }
}

function endOfItem(bytes: Uint8Array, item: Header, explicit: boolean, depth: number, size: number): { value: number; next: number } {
  if (item.length !== undefined) return endOf(bytes, item, explicit, depth, size);
  for (let at = item.start; ; ) {
    if (at >= size) throw new BadDataSet('an item does not end', item.start);
    const element = readHeader(bytes, at, explicit);
    if (element.tag === ITEM_END) return { value: at, next: at + 8 };
    at = endOf(bytes, element, explicit, depth + 1, size).next;
  }
}

/** The items of a sequence, one after another; none when it is absent. @throws BadDataSet */
export function* itemsOf(set: DataSet, tag: number): Generator<DataSet> {
  const sequence = set.elements.get(tag);
  if (sequence === undefined) return;
  const explicit = sequence.vr === 'UN' ? false : set.explicit;
  const { bytes } = set;
  for (let at = sequence.start; at < sequence.end; ) {
    const item = readHeader(bytes, at, explicit);
    if (item.tag !== ITEM) throw new BadDataSet('a sequence holds what is no item', at);
    const { value, next } = endOfItem(bytes, item, explicit, 1, bytes.length);
    if (value > sequence.end) throw new BadDataSet('an item is longer than its sequence', at);
    yield readItem(bytes, item.start, value, explicit);
    at = next;
  }
}

function readItem(bytes: Uint8Array, start: number, end: number, explicit: boolean): DataSet {
  const elements = new Map<number, DicomElement>();
  for (let at = start; at < end; ) {
    const header = readHeader(bytes, at, explicit);
    const element = endOf(bytes, header, explicit, 1, end);
    if (elements.size >= MAX_ELEMENTS) throw new BadDataSet(`more than ${MAX_ELEMENTS} attributes`, at);
    elements.set(header.tag, { vr: header.vr, start: header.start, end: element.value });
    at = element.next;
  }
  return { bytes, explicit, elements };
}

/** The text of an attribute, without what pads it; `undefined` when it is absent or empty. */
export function textOf(set: DataSet, tag: number): string | undefined {
  const element = set.elements.get(tag);
  if (element === undefined || element.end - element.start > 1 << 16) return undefined;
  const text = new TextDecoder()
    .decode(set.bytes.subarray(element.start, element.end))
    .replace(/[\0 ]+$/, '')
    .trim();
  return text === '' ? undefined : text;
}

/** A number written as text, one of several between backslashes. */
export function decimalOf(set: DataSet, tag: number, index = 0): number | undefined {
  const part = textOf(set, tag)?.split('\\')[index];
  const value = part === undefined || part.trim() === '' ? Number.NaN : Number(part);
  return Number.isFinite(value) ? value : undefined;
}

/** An unsigned or signed whole number of two or four bytes. */
export function integerOf(set: DataSet, tag: number): number | undefined {
  const element = set.elements.get(tag);
  if (element === undefined) return undefined;
  const view = new DataView(set.bytes.buffer, set.bytes.byteOffset + element.start, element.end - element.start);
  if (view.byteLength === 2) return view.getUint16(0, true);
  if (view.byteLength === 4) return element.vr === 'SL' ? view.getInt32(0, true) : view.getUint32(0, true);
  return undefined;
}

/** A single-precision number. */
export function floatOf(set: DataSet, tag: number): number | undefined {
  const element = set.elements.get(tag);
  if (element === undefined || element.end - element.start !== 4) return undefined;
  return new DataView(set.bytes.buffer, set.bytes.byteOffset + element.start, 4).getFloat32(0, true);
}

/** Whole numbers of eight bytes; `undefined` when the attribute is absent. @throws BadDataSet for numbers beyond any file */
export function longsOf(set: DataSet, tag: number): Float64Array | undefined {
  const element = set.elements.get(tag);
  if (element === undefined) return undefined;
  const count = (element.end - element.start) >> 3;
  const view = new DataView(set.bytes.buffer, set.bytes.byteOffset + element.start, count * 8);
  return Float64Array.from({ length: count }, (_, i) => {
    const value = Number(view.getBigUint64(i * 8, true));
    if (!Number.isSafeInteger(value)) throw new BadDataSet('a 64-bit number beyond any file', element.start + i * 8);
    return value;
  });
}
