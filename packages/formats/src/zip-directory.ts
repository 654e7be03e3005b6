import { crc32, inflateRawSync } from 'node:zlib';
import type { ByteSource } from './byte-source.js';
import { formatError } from './format-error.js';

/** One file inside a zip archive. */
export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  readonly size: number;
  /** Bytes in the archive. */
  readonly packedSize: number;
  readonly crc: number;
  /** Where the packed bytes begin. */
  readonly dataStart: number;
}

interface Central extends Omit<ZipEntry, 'dataStart'> {
  readonly flags: number;
  readonly headerStart: number;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** Encryption in any form, masked headers, patches. */
const REFUSED_FLAGS = 0x2061;
const SIZES_FOLLOW = 0x0008;

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Lists an archive after checking that it means the same to every reader: local headers agree with the central ones, nothing overlaps, no name
 * occurs twice or leads elsewhere.
 *
 * @param methods - packings that are let through; PyTorch writes stored entries only, so nothing can be a bomb
 * @throws SlidestreamError `format/zip-*`
 */
export function readZipDirectory(source: ByteSource, methods: readonly ZipEntry['method'][]): ReadonlyMap<string, ZipEntry> {
  const { file } = source;
  const { count, start, length } = findDirectory(source);
  const directory = source.read(start, length);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const { entry, next } = readCentral(directory, at, start, file);
    at = next;
    if (!methods.includes(entry.method))
      throw formatError('zip-compressed', `${entry.name} is compressed`, { file }, 'Save it again without compression');
    if (entries.has(entry.name)) throw formatError('zip-duplicate', `${JSON.stringify(entry.name)} occurs twice`, { file });
    entries.set(entry.name, { ...entry, dataStart: checkLocal(source, entry, start) });
  }
  if (at !== length)
    throw formatError('zip-directory', 'the directory of the archive is longer than its entries', { file, offset: start + at });
  const order = [...entries.values()].sort((a, b) => a.dataStart - b.dataStart || a.packedSize - b.packedSize);
  for (let i = 1; i < order.length; i++) {
    const [before, after] = [order[i - 1] as ZipEntry, order[i] as ZipEntry];
    if (before.dataStart + before.packedSize > after.dataStart)
      throw formatError('zip-overlap', `${before.name} and ${after.name} overlap`, { file });
  }
  return entries;
}

/** An entry's content, checked against its CRC-32. @throws SlidestreamError `format/zip-checksum`, `format/zip-inflate` */
export function readZipEntry(source: ByteSource, entry: ZipEntry): Uint8Array {
  const packed = source.read(entry.dataStart, entry.packedSize);
  const where = { file: source.file, offset: entry.dataStart };
  let content: Uint8Array = packed;
  if (entry.method === 'deflated') {
    try {
      content = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
    } catch (cause) {
      throw formatError('zip-inflate', `${entry.name} cannot be unpacked to its ${entry.size} bytes`, where, undefined, cause);
    }
    if (content.length !== entry.size)
      throw formatError('zip-inflate', `${entry.name} unpacks to other than its ${entry.size} bytes`, where);
  }
  if (crc32(content) !== entry.crc) {
    throw formatError('zip-checksum', `${entry.name} is damaged: its checksum differs`, where, 'Fetch or write the file again');
  }
  return content;
}

function findDirectory(source: ByteSource): { count: number; start: number; length: number } {
  const { file, size } = source;
  if (size < 22) throw formatError('zip-directory', 'the file is too short for an archive', { file });
  const tailStart = Math.max(0, size - 65_557);
  const tail = source.read(tailStart, size - tailStart);
  const data = view(tail);
  let at = tail.length - 22;
  while (at >= 0 && !(data.getUint32(at, true) === END && at + 22 + data.getUint16(at + 20, true) === tail.length)) at--;
  if (at < 0) throw formatError('zip-directory', 'the end of the archive is missing', { file }, 'The file is cut off; fetch it again');
  let [count, length, start] = [data.getUint16(at + 10, true), data.getUint32(at + 12, true), data.getUint32(at + 16, true)];
  let limit = tailStart + at;
  if (at >= 20 && data.getUint32(at - 20, true) === END64_LOCATOR) {
    const position = Number(data.getBigUint64(at - 20 + 8, true));
    const record = view(source.read(position, 56));
    if (record.getUint32(0, true) !== END64) throw formatError('zip-directory', 'the zip64 record is missing', { file, offset: position });
    count = Number(record.getBigUint64(32, true));
    length = Number(record.getBigUint64(40, true));
    start = Number(record.getBigUint64(48, true));
    limit = position;
  }
  if (!Number.isSafeInteger(start + length) || start + length > limit || count * 46 > length || length > 1 << 28) {
    throw formatError('zip-directory', 'the directory of the archive does not fit into it', { file, offset: limit });
  }
  return { count, start, length };
}

function readCentral(bytes: Uint8Array, at: number, base: number, file: string | undefined): { entry: Central; next: number } {
  const where = { file, offset: base + at };
  if (at + 46 > bytes.length) throw formatError('zip-directory', 'the directory of the archive is cut off', where);
  const data = view(bytes);
  if (data.getUint32(at, true) !== CENTRAL) throw formatError('zip-directory', 'the directory of the archive is broken', where);
  const flags = data.getUint16(at + 8, true);
  const method = data.getUint16(at + 10, true);
  const [nameLength, extraLength, commentLength] = [
    data.getUint16(at + 28, true),
    data.getUint16(at + 30, true),
    data.getUint16(at + 32, true),
  ];
  const next = at + 46 + nameLength + extraLength + commentLength;
  if (next > bytes.length) throw formatError('zip-directory', 'the directory of the archive is cut off', where);
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
  if (nameLength === 0 || /(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[a-zA-Z]:|\0/.test(name)) {
    throw formatError('zip-name', `the archive holds the name ${JSON.stringify(name.slice(0, 80))}`, where);
  }
  if ((flags & REFUSED_FLAGS) !== 0) throw formatError('zip-encrypted', `${name} is encrypted`, where);
  if (method !== 0 && method !== 8) throw formatError('zip-compressed', `${name} is packed by method ${method}`, where);
  let [packedSize, size, headerStart] = [data.getUint32(at + 20, true), data.getUint32(at + 24, true), data.getUint32(at + 42, true)];
  const wide = zip64Fields(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
  if (size === 0xffffffff) size = wide() ?? Number.NaN;
  if (packedSize === 0xffffffff) packedSize = wide() ?? Number.NaN;
  if (headerStart === 0xffffffff) headerStart = wide() ?? Number.NaN;
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(packedSize) || !Number.isSafeInteger(headerStart)) {
    throw formatError('zip-directory', `${name} has no usable size`, where);
  }
  if (method === 0 && size !== packedSize) throw formatError('zip-directory', `${name} is stored but has two sizes`, where);
  const crc = data.getUint32(at + 16, true);
  return { entry: { name, method: method === 0 ? 'stored' : 'deflated', size, packedSize, crc, flags, headerStart }, next };
}

/** The 64-bit numbers of the zip64 extra field, one per call. */
function zip64Fields(extra: Uint8Array): () => number | undefined {
  const data = view(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + data.getUint16(at + 2, true);
    if (data.getUint16(at, true) === 1) {
      let next = at + 4;
      return () => {
        if (next + 8 > Math.min(end, extra.length)) return undefined;
        next += 8;
        return Number(data.getBigUint64(next - 8, true));
      };
    }
    at = end;
  }
  return () => undefined;
}

/** Holds the local header against the central one; returns where the data begin. */
function checkLocal(source: ByteSource, entry: Central, directoryStart: number): number {
  const where = { file: source.file, offset: entry.headerStart };
  const differ = (what: string): Error =>
    formatError('zip-mismatch', `${entry.name}: ${what} differs between the archive's two headers`, where);
  const header = view(source.read(entry.headerStart, 30));
  if (header.getUint32(0, true) !== LOCAL) throw formatError('zip-mismatch', `${entry.name} has no local header`, where);
  const nameLength = header.getUint16(26, true);
  const name = new TextDecoder().decode(source.read(entry.headerStart + 30, nameLength));
  if (name !== entry.name) throw differ('the name');
  if (header.getUint16(6, true) !== entry.flags) throw differ('a flag');
  if (header.getUint16(8, true) !== (entry.method === 'stored' ? 0 : 8)) throw differ('the packing');
  if ((entry.flags & SIZES_FOLLOW) === 0) {
    const sizes = [header.getUint32(18, true), header.getUint32(22, true)] as const;
    if (header.getUint32(14, true) !== entry.crc) throw differ('the checksum');
    if ((sizes[0] !== entry.packedSize && sizes[0] !== 0xffffffff) || (sizes[1] !== entry.size && sizes[1] !== 0xffffffff))
      throw differ('the size');
  }
  const dataStart = entry.headerStart + 30 + nameLength + header.getUint16(28, true);
  if (dataStart + entry.packedSize > directoryStart) throw formatError('zip-overlap', `${entry.name} runs into the directory`, where);
  return dataStart;
}
