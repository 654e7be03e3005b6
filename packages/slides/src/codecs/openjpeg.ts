import { createRequire } from 'node:module';
import { slideError } from '../errors.js';

interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8ClampedArray;
  delete(): void;
}

interface OpenJpeg {
  readonly J2KDecoder: new () => Decoder;
  readonly HEAPU8: Uint8Array;
}

type OpenJpegFactory = (settings: { print: (line: string) => void; printErr: (line: string) => void }) => Promise<OpenJpeg>;

/** A wasm memory never shrinks: past this size the instance is left to the garbage collector and a new one made. */
const RECYCLE_BYTES = 192 << 20;

let loaded: Promise<OpenJpeg> | undefined;
let messages: string[] = [];

async function load(): Promise<OpenJpeg> {
  const factory: OpenJpegFactory = createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/decodewasmjs');
  // OpenJPEG speaks through stdout and returns nothing: what it says is the only sign of an error.
  const hear = (line: string): void => {
    if (messages.length < 16) messages.push(line);
  };
  return factory({ print: hear, printErr: hear });
}

/**
 * Decodes a raw JPEG 2000 codestream with OpenJPEG.
 *
 * @returns uint8 samples, interleaved, as stored, without a change of colour; of subsampled streams RGB
 * @throws SlidestreamError `slide/corrupt-tile`
 */
export async function decodeCodestream(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  loaded ??= load();
  const codec = await loaded;
  messages = [];
  const decoder = new codec.J2KDecoder();
  let pixels: Uint8Array;
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const view = decoder.getDecodedBuffer();
    pixels = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  } catch (cause) {
    // What a thrown wasm exception leaves behind is unknown: the next tile gets a new instance.
    loaded = undefined;
    throw damaged(cause instanceof Error ? cause.message : 'the decoder gave up', cause);
  }
  decoder.delete();
  if (codec.HEAPU8.length > RECYCLE_BYTES) loaded = undefined;
  const complaint = messages.find((line) => line.includes('[ERROR]'));
  if (complaint !== undefined) throw damaged(complaint.replace('[ERROR]', '').trim());
  if (pixels.length !== length) throw damaged(`${pixels.length} samples of ${length}`);
  return pixels;
}

function damaged(why: string, cause?: unknown): Error {
  return slideError('slide/corrupt-tile', `the JPEG 2000 stream is damaged: ${why}`, { cause });
}
