import { slideError } from '../errors.js';

/** Expands PackBits to exactly `length` bytes. @throws SlidestreamError `slide/corrupt-tile` */
export function expandPackBits(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  let written = 0;
  while (written < length) {
    if (at >= bytes.length) throw damaged();
    const head = bytes[at++] as number;
    if (head === 128) continue;
    if (head < 128) {
      const count = Math.min(head + 1, length - written);
      if (at + count > bytes.length) throw damaged();
      out.set(bytes.subarray(at, at + count), written);
      at += head + 1;
      written += count;
    } else {
      if (at >= bytes.length) throw damaged();
      const count = Math.min(257 - head, length - written);
      out.fill(bytes[at++] as number, written, written + count);
      written += count;
    }
  }
  return out;
}

function damaged(): Error {
  return slideError('slide/corrupt-tile', 'the PackBits stream is damaged: it ends early');
}
