/** OpenCV's 12-bit fixed-point reciprocals of its 8-bit RGB → HSV: round(255 · 2^12 / v). */
const RECIPROCALS = Int32Array.from({ length: 256 }, (_, v) => (v === 0 ? 0 : Math.round((255 * 4096) / v)));

/**
 * The S channel of OpenCV's 8-bit `COLOR_RGB2HSV`, bit for bit.
 *
 * @param rgb - uint8 [N, 3]
 * @param out - receives uint8 [N] from `offset` on
 */
export function saturationOf(rgb: Uint8Array, out: Uint8Array, offset = 0): void {
  const count = (rgb.length / 3) | 0;
  for (let i = 0, p = 0; i < count; i++, p += 3) {
    const r = rgb[p] as number;
    const g = rgb[p + 1] as number;
    const b = rgb[p + 2] as number;
    const high = Math.max(r, g, b);
    const low = Math.min(r, g, b);
    out[offset + i] = ((high - low) * (RECIPROCALS[high] as number) + 2048) >> 12;
  }
}
