/** The bytes in `out` where they fit, else in memory of their own. */
export function copyInto(bytes: Uint8Array, out: Uint8Array | undefined): Uint8Array {
  if (out === undefined || out.length < bytes.length) return Uint8Array.from(bytes);
  out.set(bytes);
  return out.subarray(0, bytes.length);
}
