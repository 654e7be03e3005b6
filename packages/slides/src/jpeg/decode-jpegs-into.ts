import { slideError } from '../errors.js';
import { decodeJpegAs } from './decode-jpeg.js';

/** Size that every JPEG of a batch must have. */
export interface BatchSize {
  readonly width: number;
  readonly height: number;
}

/** Decodings that are under way at a time, where sharp does them. */
const CONCURRENCY = 8;

/**
 * Decodes JPEGs of one size side by side into `out`: a batch of training tiles without copies in between.
 *
 * @param out uint8 [jpegs.length, height, width, 3]
 * @throws SlidestreamError `slide/corrupt-tile`, also when a JPEG is of another size
 */
export async function decodeJpegsInto(jpegs: readonly Uint8Array[], size: BatchSize, out: Uint8Array): Promise<void> {
  const { width, height } = size;
  const bytes = width * height * 3;
  if (out.length < jpegs.length * bytes)
    throw new RangeError(`${jpegs.length} images need ${jpegs.length * bytes} bytes, out has ${out.length}`);
  const checkSize = (w: number, h: number): void => {
    if (w !== width || h !== height) throw slideError('slide/corrupt-tile', `the JPEG has ${w} × ${h} pixels, not ${width} × ${height}`);
  };
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < jpegs.length) {
      const i = next++;
      await decodeJpegAs(jpegs[i] as Uint8Array, { checkSize, out: out.subarray(i * bytes, (i + 1) * bytes) });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}
