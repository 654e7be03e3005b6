import type { TiffPixels } from './tiff-writer.js';

/** Smooth colours with edges and some grain: nothing that a codec could get right by chance. */
export function madeUpPicture(width: number, height: number): TiffPixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      data[i] = 120 + 90 * Math.sin(x / 17) + ((x * 7919 + y * 104729) % 5);
      data[i + 1] = ((x >> 5) + (y >> 5)) % 2 === 0 ? 60 : 200;
      data[i + 2] = 128 + 100 * Math.cos((x + y) / 29);
    }
  }
  return { width, height, data };
}

/** Every second pixel of every second line. */
export function halve(from: TiffPixels): TiffPixels {
  const [width, height] = [from.width >> 1, from.height >> 1];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3)
      data.set(from.data.subarray((y * 2 * from.width + x * 2) * 3, (y * 2 * from.width + x * 2) * 3 + 3), i);
  }
  return { width, height, data };
}
