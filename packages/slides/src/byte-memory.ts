/** Shorter reads are of tags and their values, which stay. */
const SHORT = 512;
/** Blocks of 4 kB to 512 kB are kept, by powers of two; longer reads are rare. */
const SMALLEST_BITS = 12;
const LARGEST_BITS = 19;
/** Blocks kept of each size: more reads than these are not under way at a time. */
const KEPT = 32;

const free: Uint8Array[][] = [];
const lent = new WeakSet<ArrayBufferLike>();

/**
 * Memory for compressed bytes, used before where some is there: a new block for every tile of a file would call the garbage collector again and
 * again. Whoever does not give it back leaves it to the collector.
 */
export function takeBytes(length: number): Uint8Array {
  const bits = Math.max(SMALLEST_BITS, 32 - Math.clz32(length - 1));
  if (length < SHORT || bits > LARGEST_BITS) return Buffer.allocUnsafeSlow(length);
  const block = free[bits]?.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(2 ** bits).buffer);
  lent.add(block.buffer);
  return block.subarray(0, length);
}

/** Gives back what {@link takeBytes} lent, when nothing refers to it any more; other memory is left alone. */
export function giveBytesBack(bytes: Uint8Array): void {
  // Only the first to give a block back has it.
  if (!lent.delete(bytes.buffer)) return;
  const bits = 31 - Math.clz32(bytes.buffer.byteLength);
  free[bits] ??= [];
  if ((free[bits]?.length ?? 0) < KEPT) free[bits]?.push(new Uint8Array(bytes.buffer));
}
