/** Memory that is kept for tiles to come. */
const KEPT_BYTES = 32 << 20;

const free = new Map<number, Uint8Array[]>();
let freeBytes = 0;
let retired: Uint8Array[] = [];

/** Memory for pixels, used before where some is there: what is in it is anything. */
export function takePixels(bytes: number): Uint8Array {
  const used = free.get(bytes)?.pop();
  if (used === undefined) return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
  freeBytes -= bytes;
  return used;
}

/**
 * Gives a cache's decoded tile back for other tiles: large blocks that come and go by the thousand keep the garbage collector busy. Who was promised
 * the tile before this call may still use it until the event loop turns, as drawing follows decoding without a pause.
 */
export function retirePixels(tile: Uint8Array): void {
  if (tile.byteLength !== tile.buffer.byteLength || retired.length * tile.byteLength > KEPT_BYTES) return;
  if (retired.length === 0) setImmediate(release);
  retired.push(tile);
}

function release(): void {
  for (const tile of retired) {
    const bytes = tile.byteLength;
    if (freeBytes + bytes > KEPT_BYTES) continue;
    freeBytes += bytes;
    const same = free.get(bytes);
    if (same === undefined) free.set(bytes, [tile]);
    else same.push(tile);
  }
  retired = [];
}
