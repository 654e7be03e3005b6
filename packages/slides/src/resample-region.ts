/**
 * Bilinear pixels at a fractional offset, with the 7-bit weights and the truncation of pixman, which paints OpenSlide's
 * regions.
 *
 * @param source uint8 RGB [height + 1, width + 1, 3], whose first pixel lies at the whole part of the offset
 * @param fractionX, fractionY what the offset has beyond whole pixels, in [0, 1)
 * @returns uint8 RGB [height, width, 3]
 */
export function shiftBilinear(source: Uint8Array, width: number, height: number, fractionX: number, fractionY: number): Uint8Array {
  const stride = (width + 1) * 3;
  const right = Math.floor(fractionX * 128) * 2;
  const below = Math.floor(fractionY * 128) * 2;
  const bottomRight = right * below;
  const topRight = (right << 8) - bottomRight;
  const bottomLeft = (below << 8) - bottomRight;
  const topLeft = 65536 - (below << 8) - (right << 8) + bottomRight;
  const out = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    let from = y * stride;
    for (let i = 0; i < width * 3; i++, from++, to++) {
      out[to] =
        ((source[from] as number) * topLeft +
          (source[from + 3] as number) * topRight +
          (source[from + stride] as number) * bottomLeft +
          (source[from + stride + 3] as number) * bottomRight) >>>
        16;
    }
  }
  return out;
}
