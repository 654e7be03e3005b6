import { crc32 } from 'node:zlib';

/** A file that goes into an archive as it is. */
export interface StoredFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Data begin on multiples of this, so that they can be mapped. */
const ALIGNMENT = 64;
const MAX_BYTES = 0xffff_ffff;

/**
 * The pieces of a zip archive of stored entries, in order; nothing is copied.
 *
 * @throws RangeError beyond 4 GiB
 */
export function* storedZip(files: readonly StoredFile[]): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, content } of files) {
    const nameBytes = new TextEncoder().encode(name);
    const checksum = crc32(content);
    const plain = 30 + nameBytes.length + 4;
    const padding = (ALIGNMENT - ((at + plain) % ALIGNMENT)) % ALIGNMENT;
    if (at + plain + padding + content.length > MAX_BYTES) throw new RangeError('an archive beyond 4 GiB is not written; use safetensors');
    const local = new Uint8Array(plain + padding);
    const view = new DataView(local.buffer);
    view.setUint32(0, 0x04034b50, true);
    view.setUint16(4, 20, true);
    view.setUint16(12, 33, true); // 1980-01-01: the same input makes the same file
    view.setUint32(14, checksum, true);
    view.setUint32(18, content.length, true);
    view.setUint32(22, content.length, true);
    view.setUint16(26, nameBytes.length, true);
    view.setUint16(28, 4 + padding, true);
    local.set(nameBytes, 30);
    // PyTorch's own padding field.
    view.setUint16(30 + nameBytes.length, 0x4246, true);
    view.setUint16(32 + nameBytes.length, padding, true);
    local.fill(0x5a, plain);
    const central = new Uint8Array(46 + nameBytes.length);
    const entry = new DataView(central.buffer);
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(4, 20, true);
    entry.setUint16(6, 20, true);
    entry.setUint16(14, 33, true);
    entry.setUint32(16, checksum, true);
    entry.setUint32(20, content.length, true);
    entry.setUint32(24, content.length, true);
    entry.setUint16(28, nameBytes.length, true);
    entry.setUint32(42, at, true);
    central.set(nameBytes, 46);
    directory.push(central);
    yield local;
    yield content;
    at += local.length + content.length;
  }
  const length = directory.reduce((sum, entry) => sum + entry.length, 0);
  if (at + length > MAX_BYTES || files.length > 0xffff)
    throw new RangeError('an archive beyond 4 GiB or 65,535 files is not written; use safetensors');
  yield* directory;
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, files.length, true);
  view.setUint16(10, files.length, true);
  view.setUint32(12, length, true);
  view.setUint32(16, at, true);
  yield end;
}
