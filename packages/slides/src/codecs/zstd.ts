import { createContext, Script } from 'node:vm';
import { Decompress } from 'fzstd';
import { slideError } from '../errors.js';

const MAGIC = 0xfd2fb528;
/** A block holds no more, by the format's definition (RFC 8878, 3.1.1.2.4). */
const MAX_BLOCK_BYTES = 1 << 17;
/** Decoding a tile takes milliseconds; a stream made of sequences that repeat without end is stopped after this. */
const TIME_LIMIT_MS = 3000;

/**
 * Expands one Zstandard frame to exactly `length` bytes. The frame's blocks are walked first, and its window is cut to what a
 * tile can need, so that no header makes memory be spent.
 *
 * @throws SlidestreamError `slide/corrupt-tile`
 */
export function expandZstd(bytes: Uint8Array, length: number): Uint8Array {
  const frame = readFrame(bytes, length);
  const out = new Uint8Array(length);
  let written = 0;
  const decoder = new Decompress((block) => {
    if (written + block.length > length) throw new RangeError('it expands to more than its tile');
    out.set(block, written);
    written += block.length;
  });
  try {
    withinTime(() => decoder.push(frame, true));
  } catch (cause) {
    throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (written !== length) throw damaged(`${written} bytes of ${length}`);
  return out;
}

/** The frame under a header that asks for no more window than `length`; refused when its blocks do not end where it does. */
function readFrame(bytes: Uint8Array, length: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 9 || view.getUint32(0, true) !== MAGIC) throw damaged('it does not start as a frame');
  const descriptor = bytes[4] as number;
  const single = (descriptor >> 5) & 1;
  const sizeFlag = descriptor >> 6;
  if ((descriptor & 8) !== 0) throw damaged('a reserved bit is set');
  if ((descriptor & 3) !== 0) throw slideError('slide/unsupported-compression', 'Zstandard with a dictionary cannot be decoded');
  const start = 6 - single + (sizeFlag === 0 ? single : 1 << sizeFlag);
  for (let at = start; ; ) {
    if (at + 3 > bytes.length) throw damaged('it ends early');
    const head = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    const kind = (head >> 1) & 3;
    const size = head >> 3;
    if (kind === 3 || size > MAX_BLOCK_BYTES) throw damaged('a block of a kind or size that there is not');
    at += 3 + (kind === 1 ? 1 : size);
    if (at > bytes.length) throw damaged('it ends early');
    if ((head & 1) === 0) continue;
    if (at + (descriptor & 4) !== bytes.length) throw damaged('bytes follow its last block');
    break;
  }
  // Window descriptor without mantissa: 2^(10 + exponent) bytes.
  const exponent = Math.ceil(Math.log2(Math.max(length, MAX_BLOCK_BYTES))) - 10;
  return Buffer.concat([bytes.subarray(0, 4), Uint8Array.of(descriptor & 4, exponent << 3), bytes.subarray(start)]);
}

const script = new Script('work()');

/** Runs `work` and stops it when it takes too long: the decoder does not bound what a block's sequences copy. */
function withinTime(work: () => void): void {
  script.runInContext(createContext({ work }), { timeout: TIME_LIMIT_MS });
}

function damaged(why: string, cause?: unknown): Error {
  return slideError('slide/corrupt-tile', `the Zstandard stream is damaged: ${why}`, { cause });
}
