import type { PixelReader } from './tiled-image.js';

/** An image and where its first pixel lies on the level that it is a part of. */
export interface PlacedImage {
  readonly image: PixelReader;
  readonly x: number;
  readonly y: number;
}

/** A level made of several images that were scanned apart: white between them; where two overlap the later is shown. */
export function placeImages(width: number, height: number, placed: readonly PlacedImage[]): PixelReader {
  return {
    width,
    height,
    countMissing(rectangle) {
      return placed.reduce((sum, { image, x, y }) => {
        const part = rectangle === undefined ? undefined : { ...rectangle, x: rectangle.x - x, y: rectangle.y - y };
        return sum + image.countMissing(part);
      }, 0);
    },
    async read(rectangle, signal, memory) {
      const bytes = rectangle.width * rectangle.height * 3;
      const out = (memory?.subarray(0, bytes) ?? Buffer.allocUnsafeSlow(bytes)).fill(255);
      for (const { image, x, y } of placed) {
        const left = Math.max(rectangle.x, x, 0);
        const top = Math.max(rectangle.y, y, 0);
        const right = Math.min(rectangle.x + rectangle.width, x + image.width, width);
        const bottom = Math.min(rectangle.y + rectangle.height, y + image.height, height);
        if (left >= right || top >= bottom) continue;
        const part = await image.read({ x: left - x, y: top - y, width: right - left, height: bottom - top }, signal);
        const stride = (right - left) * 3;
        for (let line = top; line < bottom; line++) {
          const from = (line - top) * stride;
          out.set(part.subarray(from, from + stride), ((line - rectangle.y) * rectangle.width + left - rectangle.x) * 3);
        }
      }
      return out;
    },
    readRaw: async () => null,
  };
}
