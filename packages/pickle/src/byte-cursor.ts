import { type PicklePlace, pickleError } from './pickle-error.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads forward over bytes; every length is held against what is left before anything is made of it. */
export class ByteCursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly file: string | undefined;
  offset: number;
  /** Start and name of the opcode at hand, for messages. */
  opcodeOffset: number;
  opcode = '';

  constructor(bytes: Uint8Array, offset: number, file: string | undefined) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
    this.opcodeOffset = offset;
    this.file = file;
  }

  get place(): PicklePlace {
    return { file: this.file, offset: this.opcodeOffset, opcode: this.opcode };
  }

  need(count: number): number {
    const left = this.bytes.length - this.offset;
    if (count > left) throw pickleError('truncated', `the pickle ends early: ${count} bytes are announced, ${left} are left`, this.place);
    const start = this.offset;
    this.offset += count;
    return start;
  }

  uint8(): number {
    return this.bytes[this.need(1)] as number;
  }

  uint16(): number {
    return this.view.getUint16(this.need(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.need(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.need(4), true);
  }

  float64BigEndian(): number {
    return this.view.getFloat64(this.need(8), false);
  }

  /** A 64-bit length; beyond 2^53 it cannot be right. */
  length64(): number {
    const value = this.view.getBigUint64(this.need(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw pickleError('truncated', `a length of ${value} bytes is announced`, this.place);
    return Number(value);
  }

  /** A view, not a copy, of the next `count` bytes. */
  take(count: number): Uint8Array {
    const start = this.need(count);
    return this.bytes.subarray(start, start + count);
  }

  text(count: number): string {
    return this.decode(this.take(count));
  }

  decode(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw pickleError('bad-text', 'a string is not UTF-8', this.place, undefined, cause);
    }
  }

  /** The bytes up to the next line feed, which is skipped. */
  line(): Uint8Array {
    const end = this.bytes.indexOf(0x0a, this.offset);
    if (end < 0) throw pickleError('truncated', 'the pickle ends inside a line', this.place);
    const line = this.bytes.subarray(this.offset, end);
    this.offset = end + 1;
    return line;
  }
}
