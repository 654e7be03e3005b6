import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { slideError } from '../errors.js';

const inflateAsync = promisify(inflate);

/**
 * Expands zlib data to exactly `length` bytes; what would give more is refused while it is being expanded.
 *
 * @throws SlidestreamError `slide/corrupt-tile`
 */
export async function expandDeflate(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  let out: Uint8Array;
  try {
    out = await inflateAsync(bytes, { maxOutputLength: length });
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'it expands to more than its tile' : (cause as Error).message;
    throw slideError('slide/corrupt-tile', `the deflate stream is damaged: ${why}`, { cause });
  }
  if (out.length !== length) throw slideError('slide/corrupt-tile', `the deflate stream is damaged: ${out.length} bytes of ${length}`);
  return out;
}
