import { OP } from './opcodes.js';
import { encodeLong } from './pickle-integer.js';

/** What {@link pickleValue} writes: the kinds of records that a tile store holds. */
export type PickleInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PickleInput[]
  | ReadonlyMap<PickleInput, PickleInput>;

const FRAME_TARGET = 64 * 1024;
const FRAME_MIN = 4;
const FRAME_HEADER = 9;
const BATCH = 1000;
const utf8 = new TextEncoder();

/** CPython's C pickler of protocol 4, frame for frame. */
class Protocol4Writer {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #framing = true;
  #frameStart = -1;

  begin(): void {
    this.#reserve(2);
    this.#bytes[0] = OP.PROTO;
    this.#bytes[1] = 4;
    this.#length = 2;
  }

  end(): Uint8Array {
    this.#op(OP.STOP);
    this.#commitFrame();
    return this.#bytes.slice(0, this.#length);
  }

  save(value: PickleInput): void {
    if (this.#frameStart >= 0 && this.#length - this.#frameStart - FRAME_HEADER >= FRAME_TARGET) this.#commitFrame();
    if (value === null) this.#op(OP.NONE);
    else if (typeof value === 'boolean') this.#op(value ? OP.NEWTRUE : OP.NEWFALSE);
    else if (typeof value === 'bigint' || Number.isInteger(value)) this.#integer(value as number | bigint);
    else if (typeof value === 'number') this.#float(value);
    else if (typeof value === 'string') this.#payload(utf8.encode(value), OP.SHORT_BINUNICODE, OP.BINUNICODE);
    else if (value instanceof Uint8Array) this.#payload(value, OP.SHORT_BINBYTES, OP.BINBYTES);
    else if (value instanceof Map) this.#dict(value);
    else this.#list(value as readonly PickleInput[]);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  /** Makes room for `count` bytes, in a frame where frames are on, and returns where they go. */
  #room(count: number): number {
    const open = this.#framing && this.#frameStart < 0;
    this.#reserve(count + (open ? FRAME_HEADER : 0));
    if (open) {
      this.#frameStart = this.#length;
      this.#length += FRAME_HEADER;
    }
    const at = this.#length;
    this.#length += count;
    return at;
  }

  #commitFrame(): void {
    const start = this.#frameStart;
    if (!this.#framing || start < 0) return;
    const length = this.#length - start - FRAME_HEADER;
    if (length >= FRAME_MIN) {
      this.#bytes[start] = OP.FRAME;
      this.#view.setBigUint64(start + 1, BigInt(length), true);
    } else {
      this.#bytes.copyWithin(start, start + FRAME_HEADER, this.#length);
      this.#length -= FRAME_HEADER;
    }
    this.#frameStart = -1;
  }

  #op(code: number): void {
    const at = this.#room(1);
    this.#bytes[at] = code;
  }

  #integer(value: number | bigint): void {
    if (value >= 0 && value <= 0xff) {
      const at = this.#room(2);
      this.#bytes[at] = OP.BININT1;
      this.#bytes[at + 1] = Number(value);
    } else if (value >= 0 && value <= 0xffff) {
      const at = this.#room(3);
      this.#bytes[at] = OP.BININT2;
      this.#view.setUint16(at + 1, Number(value), true);
    } else if (value >= -0x80000000 && value <= 0x7fffffff) {
      const at = this.#room(5);
      this.#bytes[at] = OP.BININT;
      this.#view.setInt32(at + 1, Number(value), true);
    } else {
      const digits = encodeLong(BigInt(value));
      if (digits.length > 255) throw new RangeError('integers beyond 255 bytes are not written');
      const at = this.#room(2 + digits.length);
      this.#bytes[at] = OP.LONG1;
      this.#bytes[at + 1] = digits.length;
      this.#bytes.set(digits, at + 2);
    }
  }

  #float(value: number): void {
    const at = this.#room(9);
    this.#bytes[at] = OP.BINFLOAT;
    this.#view.setFloat64(at + 1, value, false);
  }

  /** Text or bytes; those of 64 KiB or more lie outside frames. */
  #payload(data: Uint8Array, shortOp: number, longOp: number): void {
    if (data.length > 0xffffffff) throw new RangeError('strings beyond 4 GiB are not written');
    const outside = data.length >= FRAME_TARGET;
    if (outside) {
      this.#commitFrame();
      this.#framing = false;
    }
    const short = data.length <= 0xff;
    const header = short ? 2 : 5;
    const at = this.#room(header + data.length);
    this.#bytes[at] = short ? shortOp : longOp;
    if (short) this.#bytes[at + 1] = data.length;
    else this.#view.setUint32(at + 1, data.length, true);
    this.#bytes.set(data, at + header);
    this.#framing = true;
    this.#op(OP.MEMOIZE);
  }

  #list(items: readonly PickleInput[]): void {
    this.#op(OP.EMPTY_LIST);
    this.#op(OP.MEMOIZE);
    if (items.length === 1) {
      this.save(items[0] as PickleInput);
      this.#op(OP.APPEND);
      return;
    }
    for (let start = 0; start < items.length; start += BATCH) {
      this.#op(OP.MARK);
      for (const item of items.slice(start, start + BATCH)) this.save(item);
      this.#op(OP.APPENDS);
    }
  }

  #dict(map: ReadonlyMap<PickleInput, PickleInput>): void {
    this.#op(OP.EMPTY_DICT);
    this.#op(OP.MEMOIZE);
    const entries = [...map];
    if (entries.length === 1) {
      this.save(entries[0]?.[0] as PickleInput);
      this.save(entries[0]?.[1] as PickleInput);
      this.#op(OP.SETITEM);
      return;
    }
    // CPython closes a dict whose size is a multiple of the batch with an empty batch.
    for (let start = 0; entries.length > 0 && start <= entries.length; start += BATCH) {
      this.#op(OP.MARK);
      for (const [key, value] of entries.slice(start, start + BATCH)) {
        this.save(key);
        this.save(value);
      }
      this.#op(OP.SETITEMS);
    }
  }
}

/**
 * `pickle.dumps(value, 4)`, byte for byte as CPython writes it when no object occurs twice. Integral numbers are `int`, others `float`,
 * arrays `list`, Maps `dict`.
 */
export function pickleValue(value: PickleInput): Uint8Array {
  const writer = new Protocol4Writer();
  writer.begin();
  writer.save(value);
  return writer.end();
}

/** What `pickle.dumps` adds to a byte string at most. */
export const PICKLED_BYTES_OVERHEAD = 18;

/**
 * `pickle.dumps(bytes, 4)`: how a tile lies in the reference's stores.
 *
 * @param memory where it goes when it is large enough, see {@link PICKLED_BYTES_OVERHEAD}; new memory by default
 */
export function pickleBytes(bytes: Uint8Array, memory?: Uint8Array): Uint8Array {
  const length = bytes.length;
  const header = length <= 0xff ? 2 : 5;
  const framed = length < FRAME_TARGET;
  const start = framed ? 11 : 2;
  const size = start + header + length + 2;
  const out = memory !== undefined && memory.length >= size ? memory.subarray(0, size) : new Uint8Array(size);
  const view = new DataView(out.buffer, out.byteOffset, size);
  out[0] = OP.PROTO;
  out[1] = 4;
  if (framed) {
    out[2] = OP.FRAME;
    view.setBigUint64(3, BigInt(header + length + 2), true);
  }
  if (header === 2) {
    out[start] = OP.SHORT_BINBYTES;
    out[start + 1] = length;
  } else {
    out[start] = OP.BINBYTES;
    view.setUint32(start + 1, length, true);
  }
  out.set(bytes, start + header);
  out[out.length - 2] = OP.MEMOIZE;
  out[out.length - 1] = OP.STOP;
  return out;
}
