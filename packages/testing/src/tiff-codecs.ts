const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
/** The table is cleared before its last code, as the TIFF specification asks of writers. */
const FULL = 4094;

/** Compresses as TIFF's LZW: most significant bit first, codes of 9 to 12 bits, widened one code early for the reader. */
export function encodeLzw(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let held = 0;
  let heldBits = 0;
  let width = 9;
  let next = FIRST_FREE;
  const table = new Map<number, number>();
  const put = (code: number): void => {
    held = (held << width) | code;
    heldBits += width;
    while (heldBits >= 8) {
      heldBits -= 8;
      out.push((held >>> heldBits) & 0xff);
    }
    held &= (1 << heldBits) - 1;
  };
  const grow = (): void => {
    if (next === FULL) {
      put(CLEAR);
      table.clear();
      next = FIRST_FREE;
      width = 9;
    } else if (next >= 1 << width) {
      width++;
    }
  };
  put(CLEAR);
  let prefix = -1;
  for (const byte of bytes) {
    if (prefix < 0) {
      prefix = byte;
      continue;
    }
    const key = prefix * 256 + byte;
    const known = table.get(key);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    put(prefix);
    prefix = byte;
    table.set(key, next++);
    grow();
  }
  if (prefix >= 0) {
    put(prefix);
    next++;
    grow();
  }
  put(END);
  if (heldBits > 0) out.push((held << (8 - heldBits)) & 0xff);
  return Uint8Array.from(out);
}

/** Compresses rows of `rowBytes` as PackBits; runs do not cross rows, as the TIFF specification asks. */
export function encodePackBits(bytes: Uint8Array, rowBytes: number): Uint8Array {
  const out: number[] = [];
  for (let start = 0; start < bytes.length; start += rowBytes) {
    const end = Math.min(start + rowBytes, bytes.length);
    let i = start;
    while (i < end) {
      let run = 1;
      while (run < 128 && i + run < end && bytes[i + run] === bytes[i]) run++;
      if (run > 1) {
        out.push(257 - run, bytes[i] as number);
        i += run;
        continue;
      }
      let literal = 1;
      while (literal < 128 && i + literal < end && bytes[i + literal] !== bytes[i + literal - 1]) literal++;
      out.push(literal - 1, ...bytes.subarray(i, i + literal));
      i += literal;
    }
  }
  return Uint8Array.from(out);
}

/** Replaces each sample by its difference from the pixel on its left (predictor 2), row by row. */
export function differenceRows(bytes: Uint8Array, rowBytes: number, samples: number): Uint8Array {
  const out = bytes.slice();
  for (let row = 0; row < bytes.length; row += rowBytes) {
    for (let i = row + rowBytes - 1; i >= row + samples; i--) out[i] = (bytes[i] as number) - (bytes[i - samples] as number);
  }
  return out;
}

const ZSTD_BLOCK_BYTES = 1 << 17;

/** A Zstandard frame of raw blocks, and of repeated bytes where a block is nothing else: no compression, but a frame. */
export function encodeZstd(bytes: Uint8Array): Uint8Array {
  // Magic, a descriptor without content size, a window of 128 KiB.
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3)];
  for (let at = 0; at === 0 || at < bytes.length; at += ZSTD_BLOCK_BYTES) {
    const block = bytes.subarray(at, at + ZSTD_BLOCK_BYTES);
    const last = at + ZSTD_BLOCK_BYTES >= bytes.length ? 1 : 0;
    const repeats = block.length > 0 && block.every((byte) => byte === block[0]);
    const head = (block.length << 3) | (repeats ? 2 : 0) | last;
    parts.push(Uint8Array.of(head & 255, (head >> 8) & 255, head >> 16), repeats ? block.subarray(0, 1) : block);
  }
  return Buffer.concat(parts);
}
