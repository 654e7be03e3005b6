import { slideError } from '../errors.js';

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;

/**
 * Expands TIFF's LZW to exactly `length` bytes.
 *
 * @throws SlidestreamError `slide/corrupt-tile`
 */
export function expandLzw(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  // A string of the table is the place and length at which it was first written to `out`: no copies are kept.
  const starts = new Int32Array(4096);
  const lengths = new Int32Array(4096);
  let next = FIRST_FREE;
  let width = 9;
  let previousStart = -1;
  let previousLength = 0;
  let written = 0;
  let held = 0;
  let heldBits = 0;
  let at = 0;
  while (written < length) {
    while (heldBits < width) {
      if (at >= bytes.length) throw damaged('it ends early');
      held = ((held << 8) | (bytes[at++] as number)) & 0xffffff;
      heldBits += 8;
    }
    heldBits -= width;
    const code = (held >>> heldBits) & ((1 << width) - 1);
    if (code === CLEAR) {
      next = FIRST_FREE;
      width = 9;
      previousStart = -1;
      continue;
    }
    if (code === END) throw damaged('it ends early');
    const start = written;
    if (code < CLEAR) {
      out[written++] = code;
    } else if (code < next) {
      written = copy(out, starts[code] as number, lengths[code] as number, written);
    } else if (code === next && previousStart >= 0) {
      // The string that is being defined: the previous one and its own first byte.
      written = copy(out, previousStart, previousLength + 1, written);
    } else {
      throw damaged('it refers to a string that is not there');
    }
    if (previousStart >= 0 && next < 4096) {
      // The previous string and the first byte of this one stand side by side in `out`.
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (next >= (1 << width) - 1 && width < 12) width++;
    }
    previousStart = start;
    previousLength = written - start;
  }
  return out;
}

/** Copies forward byte by byte, as source and target may overlap; stops at the end of `out`. */
function copy(out: Uint8Array, from: number, count: number, to: number): number {
  const end = Math.min(to + count, out.length);
  let source = from;
  let target = to;
  while (target < end) out[target++] = out[source++] as number;
  return target;
}

function damaged(why: string): Error {
  return slideError('slide/corrupt-tile', `the LZW stream is damaged: ${why}`);
}
