import { storeError } from './store-error.js';

/** Tars are made of blocks of this size, and padded to records of twenty. */
export const TAR_BLOCK = 512;
const RECORD = 20 * TAR_BLOCK;

function checksum(header: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < TAR_BLOCK; i++) if (i < 148 || i >= 156) sum += header[i] as number;
  return sum;
}

/** The header of a plain file, as Python's `tarfile` writes one of which only name and size are said. */
export function tarHeader(name: string, size: number): Uint8Array {
  const out = Buffer.alloc(TAR_BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  out.write(name, 0, 100, 'ascii');
  out.write(octal(0o644, 7), 100);
  out.write(octal(0, 7), 108);
  out.write(octal(0, 7), 116);
  out.write(octal(size, 11), 124);
  out.write(octal(0, 11), 136);
  out.write('0', 156);
  out.write('ustar\x0000', 257, 'latin1');
  out.write(`${checksum(out).toString(8).padStart(6, '0')}\0 `, 148);
  return out;
}

/** Zeros that end a file of `size` bytes. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);
}

/** What ends an archive of `size` bytes: two empty blocks, and zeros up to a whole record. */
export function tarEnd(size: number): Uint8Array {
  const end = size + 2 * TAR_BLOCK;
  return new Uint8Array(2 * TAR_BLOCK + ((RECORD - (end % RECORD)) % RECORD));
}

/** A member of an archive; `null` for the empty block that ends it. */
export interface TarMember {
  readonly name: string;
  readonly size: number;
  readonly kind: 'file' | 'other';
}

/** Reads a member's header. @throws SlidestreamError `store/import-tar` */
export function parseTarHeader(
  header: Uint8Array,
  bytesLeft: number,
  place: { readonly file: string; readonly offset: number },
): TarMember | null {
  if (header.every((byte) => byte === 0)) return null;
  const text = (start: number, length: number): string => {
    const bytes = Buffer.from(header.buffer, header.byteOffset + start, length);
    const end = bytes.indexOf(0);
    return bytes.toString('latin1', 0, end < 0 ? length : end);
  };
  const fail = (what: string): Error => storeError('import-tar', what, place);
  const said = Number.parseInt(text(148, 8).trim(), 8);
  if (said !== checksum(header)) throw fail('the checksum of a header is wrong');
  const sizeText = text(124, 12).trim();
  if (!/^[0-7]{1,11}$/.test(sizeText)) throw fail('the size of a member is no octal number');
  const size = Number.parseInt(sizeText, 8);
  if (size > bytesLeft) throw fail(`a member of ${size} bytes is announced, ${bytesLeft} are left`);
  const prefix = text(345, 155);
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  return { name, size, kind: header[156] === 0x30 || header[156] === 0 ? 'file' : 'other' };
}
