import { crc32c } from './crc32c.js';
import { storeError } from './store-error.js';

/** A tile as slideflow keeps it; places are the middles of tiles at level 0. */
export interface TileExample {
  readonly slide: string;
  readonly image: Uint8Array;
  readonly centre: readonly [x: number, y: number] | null;
}

/** Bytes before and after the data of a record. */
export const RECORD_HEAD = 12;
export const RECORD_TAIL = 4;

/** TensorFlow keeps checksums rotated and shifted, as checksums of data that hold checksums are weak. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One record of a TFRecord file: length and data, each with its checksum. */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(RECORD_HEAD + data.length + RECORD_TAIL);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(out.subarray(0, 8)), true);
  out.set(data, RECORD_HEAD);
  view.setUint32(RECORD_HEAD + data.length, masked(data), true);
  return out;
}

/** Where a record stands. */
export interface RecordPlace {
  readonly file: string;
  readonly offset: number;
}

const damaged = (what: string, { file, offset }: RecordPlace): Error => storeError('import-tfrecord', what, { file, offset });

/** Length of the data that follows a record's head. @throws SlidestreamError `store/import-tfrecord` */
export function recordLength(head: Uint8Array, bytesLeft: number, place: RecordPlace): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = view.getBigUint64(0, true);
  if (view.getUint32(8, true) !== masked(head.subarray(0, 8))) throw damaged('the checksum of a record’s length is wrong', place);
  if (length > BigInt(bytesLeft - RECORD_TAIL)) throw damaged(`a record of ${length} bytes is announced, ${bytesLeft} are left`, place);
  return Number(length);
}

/** Checks the data of a record against the checksum behind them. @throws SlidestreamError `store/import-tfrecord` */
export function checkRecord(data: Uint8Array, tail: Uint8Array, place: RecordPlace): void {
  if (new DataView(tail.buffer, tail.byteOffset).getUint32(0, true) !== masked(data))
    throw damaged('the checksum of a record is wrong', place);
}

/** Fields of a protocol buffer's message, one after another: number, and bytes or an integer. */
function* fieldsOf(bytes: Uint8Array, place: RecordPlace): Generator<readonly [number: number, value: Uint8Array | bigint]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw damaged('a number in a record is cut off', place);
  };
  while (at < bytes.length) {
    const key = varint();
    const kind = Number(key & 7n);
    if (kind === 0) yield [Number(key >> 3n), varint()];
    else {
      const length = kind === 2 ? varint() : kind === 5 ? 4n : kind === 1 ? 8n : -1n;
      if (length < 0n || length > BigInt(bytes.length - at)) throw damaged('a field of a record is cut off or of no known kind', place);
      yield [Number(key >> 3n), bytes.subarray(at, at + Number(length))];
      at += Number(length);
    }
  }
}

function messageIn(bytes: Uint8Array, number: number, place: RecordPlace): Uint8Array | undefined {
  for (const [found, value] of fieldsOf(bytes, place)) if (found === number && value instanceof Uint8Array) return value;
  return undefined;
}

/** The first number of a list that is packed or not. */
function firstInteger(list: Uint8Array, place: RecordPlace): number | undefined {
  for (const [number, value] of fieldsOf(list, place)) {
    if (number !== 1) continue;
    if (typeof value === 'bigint') return Number(BigInt.asIntN(64, value));
    // Packed: the numbers one after another, read as fields of a message that has only them.
    const one = Uint8Array.from([8, ...value.subarray(0, 10)]);
    for (const [, first] of fieldsOf(one.subarray(0, 1 + varintLength(value)), place))
      if (typeof first === 'bigint') return Number(BigInt.asIntN(64, first));
  }
  return undefined;
}

function varintLength(bytes: Uint8Array): number {
  const last = bytes.findIndex((byte) => byte < 0x80);
  return last < 0 ? bytes.length : last + 1;
}

/** A tile from the data of a record. @throws SlidestreamError `store/import-tfrecord` */
export function decodeExample(data: Uint8Array, place: RecordPlace): TileExample {
  const lists = new Map<string, Uint8Array>();
  const features = messageIn(data, 1, place) ?? new Uint8Array(0);
  for (const [number, entry] of fieldsOf(features, place)) {
    if (number !== 1 || !(entry instanceof Uint8Array)) continue;
    const key = messageIn(entry, 1, place);
    const feature = messageIn(entry, 2, place);
    // Of the kinds of lists (bytes, floats, integers), tiles have the first and the last.
    const list = feature === undefined ? undefined : (messageIn(feature, 1, place) ?? messageIn(feature, 3, place));
    if (key !== undefined && list !== undefined) lists.set(Buffer.from(key).toString('utf8'), list);
  }
  const bytes = (name: string): Uint8Array => {
    const list = lists.get(name);
    const found = list === undefined ? undefined : messageIn(list, 1, place);
    if (found === undefined) throw damaged(`a record has no ${name}`, place);
    return found;
  };
  const [x, y] = ['loc_x', 'loc_y'].map((name) => {
    const list = lists.get(name);
    return list === undefined ? undefined : firstInteger(list, place);
  });
  const centre = x === undefined || y === undefined ? null : ([x, y] as const);
  return { slide: Buffer.from(bytes('slide')).toString('utf8'), image: bytes('image_raw').slice(), centre };
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  return [...out, Number(rest)];
}

function field(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([(number << 3) | 2, ...varint(content.length)]), content]);
}

/** The data of a record from a tile; keys in order, so that the same tile gives the same bytes. */
export function encodeExample({ slide, image, centre }: TileExample): Uint8Array {
  const text = (value: string): Uint8Array => Buffer.from(value, 'utf8');
  const bytes = (value: Uint8Array): Uint8Array => field(1, field(1, value));
  const integer = (value: number): Uint8Array => field(3, field(1, Uint8Array.from(varint(value))));
  const features: readonly (readonly [string, Uint8Array])[] = [
    ['image_raw', bytes(image)],
    ...(centre === null ? [] : ([['loc_x', integer(centre[0])] as const, ['loc_y', integer(centre[1])] as const] as const)),
    ['slide', bytes(text(slide))],
  ];
  return field(1, Buffer.concat(features.map(([name, feature]) => field(1, Buffer.concat([field(1, text(name)), field(2, feature)])))));
}
