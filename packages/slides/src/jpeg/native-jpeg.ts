import { createRequire } from 'node:module';
import { bindLibjpeg } from './libjpeg.js';
import { bindTurboJpeg } from './turbojpeg.js';

/** The part of koffi's module that loads libraries. */
export type Koffi = typeof import('koffi');

/** Decoding and encoding by the system's libjpeg-turbo, on the calling thread. */
export interface NativeJpeg {
  /**
   * Decodes a complete stream that `isSafeForLibjpeg` has passed into `out`, uint8 RGB.
   * @returns whether the stream is sound: the decoder had nothing to complain of
   */
  decodeInto(jpeg: Uint8Array, width: number, height: number, out: Uint8Array): boolean;
  /** Encodes uint8 RGB: baseline, chroma halved, standard Huffman tables. The result is in `out` where that is large enough. */
  encode(rgb: Uint8Array, width: number, height: number, quality: number, out?: Uint8Array): Uint8Array;
}

let loaded: NativeJpeg | null | undefined;

/**
 * The system's libjpeg-turbo through koffi, by its TurboJPEG interface or by libjpeg's; `null` where koffi or the library is
 * absent.
 */
export function nativeJpeg(): NativeJpeg | null {
  loaded ??= load();
  return loaded;
}

function load(): NativeJpeg | null {
  try {
    const koffi: Koffi = createRequire(import.meta.url)('koffi');
    return bindTurboJpeg(koffi) ?? bindLibjpeg(koffi);
  } catch {
    return null;
  }
}
