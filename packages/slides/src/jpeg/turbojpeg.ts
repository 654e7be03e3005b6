import { copyInto } from './copy-into.js';
import type { Koffi, NativeJpeg } from './native-jpeg.js';

/** Where the library may be, by platform; names without a folder are looked up by the system's loader. */
const PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['libturbojpeg.so.0'],
  darwin: ['libturbojpeg.dylib', '/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.dylib', '/usr/local/opt/jpeg-turbo/lib/libturbojpeg.dylib'],
  win32: ['turbojpeg.dll'],
};

const RGB = 0;
const HALVED_CHROMA = 2;
const ACCURATE_TRANSFORM = 4096;

/**
 * libjpeg-turbo by its TurboJPEG interface, in releases 1.5 to 3; `null` where it is absent. `SLIDESTREAM_TURBOJPEG` names
 * a library elsewhere.
 */
export function bindTurboJpeg(koffi: Koffi): NativeJpeg | null {
  const given = process.env.SLIDESTREAM_TURBOJPEG;
  for (const place of given === undefined ? (PLACES[process.platform] ?? []) : [given]) {
    try {
      return bind(koffi, koffi.load(place));
    } catch {
      // Not there: the next place.
    }
  }
  return null;
}

function bind(koffi: Koffi, library: ReturnType<Koffi['load']>): NativeJpeg {
  const decompressor = library.func('void *tjInitDecompress()')();
  const compressor = library.func('void *tjInitCompress()')();
  const decompress = library.func('int tjDecompress2(void*, const void*, unsigned long, void*, int, int, int, int, int)');
  const compress = library.func('int tjCompress2(void*, const void*, int, int, int, int, void*, void*, int, int, int)');
  const free = library.func('void tjFree(void*)');
  return {
    // A warning, too, gives another result than 0.
    decodeInto: (jpeg, width, height, out) =>
      decompress(decompressor, jpeg, jpeg.length, out, width, width * 3, height, RGB, ACCURATE_TRANSFORM) === 0,
    encode(rgb, width, height, quality, out) {
      const address = new BigUint64Array(1);
      const length = new BigUint64Array(1);
      const failed = compress(compressor, rgb, width, width * 3, height, RGB, address, length, HALVED_CHROMA, quality, ACCURATE_TRANSFORM);
      if (failed !== 0) throw new Error(`TurboJPEG cannot encode ${width} × ${height} pixels`);
      const jpeg = copyInto(new Uint8Array(koffi.view(address[0], Number(length[0]))), out);
      free(address[0]);
      return jpeg;
    },
  };
}
