import { writeSync } from 'node:fs';
import { endianness } from 'node:os';
import { copyInto } from './copy-into.js';
import type { Koffi, NativeJpeg } from './native-jpeg.js';

type Pointer = unknown;

// The binary interface of libjpeg 6.2 on 64-bit machines, fixed since 1998: sizes of its records and places of fields.
const VERSION = 62;
const DECOMPRESS = { bytes: 632, outColourSpace: 64 } as const;
const COMPRESS = { bytes: 520, imageWidth: 48, imageHeight: 52, components: 56, colourSpace: 60 } as const;
const ERROR = { bytes: 168, exit: 0, outputMessage: 16, warnings: 128 } as const;
const RGB = 2;

/** libjpeg-turbo by the interface of libjpeg 6.2, which Linux distributions ship for others; `null` on other machines. */
export function bindLibjpeg(koffi: Koffi): NativeJpeg | null {
  const wide = ['x64', 'arm64', 'ppc64', 'riscv64', 'loong64'].includes(process.arch);
  if (process.platform !== 'linux' || !wide || endianness() !== 'LE') return null;
  try {
    return bind(koffi);
  } catch {
    return null;
  }
}

function bind(koffi: Koffi): NativeJpeg {
  const library = koffi.load('libjpeg.so.62');
  // Only libjpeg-turbo has it: the pixels of the older library differ.
  library.func('uint32_t jpeg_skip_scanlines(void*, uint32_t)');
  const standardErrors = library.func('void *jpeg_std_error(void*)');
  const createDecompress = library.func('void jpeg_CreateDecompress(void*, int, size_t)');
  const fromMemory = library.func('void jpeg_mem_src(void*, const void*, unsigned long)');
  const readHeader = library.func('int jpeg_read_header(void*, int)');
  const startDecompress = library.func('int jpeg_start_decompress(void*)');
  // Called for every line or two: numbers pass in half the time of pointers.
  const readLines = library.func('uint32_t jpeg_read_scanlines(uintptr_t, uintptr_t, uint32_t)');
  const abortDecompress = library.func('void jpeg_abort_decompress(void*)');
  const createCompress = library.func('void jpeg_CreateCompress(void*, int, size_t)');
  const toMemory = library.func('void jpeg_mem_dest(void*, void*, void*)');
  const setDefaults = library.func('void jpeg_set_defaults(void*)');
  const setQuality = library.func('void jpeg_set_quality(void*, int, int)');
  const startCompress = library.func('void jpeg_start_compress(void*, int)');
  const writeLines = library.func('uint32_t jpeg_write_scanlines(void*, void*, uint32_t)');
  const finishCompress = library.func('void jpeg_finish_compress(void*)');
  const system = koffi.load('libc.so.6');
  const move = system.func('void *memmove(void*, void*, size_t)');
  const free = system.func('void free(void*)');

  const addressOf = (bytes: Uint8Array | BigUint64Array): bigint => koffi.address(move(bytes, bytes, 0) as Pointer);
  const record = (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes).fill(0);

  // Records are kept by this closure: libjpeg holds their addresses.
  const errors = record(ERROR.bytes);
  standardErrors(errors);
  const callback = koffi.proto('void SlidestreamJpegMessage(void*)');
  errors.writeBigUInt64LE(
    koffi.register(() => undefined, koffi.pointer(callback)),
    ERROR.outputMessage,
  );
  const giveUp = (): never => {
    writeSync(2, 'slidestream: libjpeg refused a stream that was checked before: this is a defect, please report it\n');
    return process.abort();
  };
  errors.writeBigUInt64LE(koffi.register(giveUp, koffi.pointer(callback)), ERROR.exit);
  const decompress = record(DECOMPRESS.bytes);
  decompress.writeBigUInt64LE(addressOf(errors), 0);
  createDecompress(decompress, VERSION, DECOMPRESS.bytes);
  const compress = record(COMPRESS.bytes);
  compress.writeBigUInt64LE(addressOf(errors), 0);
  createCompress(compress, VERSION, COMPRESS.bytes);

  const decompressAddress = Number(addressOf(decompress));
  let rows = new BigUint64Array(512);
  let rowsAddress = Number(addressOf(rows));
  const pointRows = (pixels: Uint8Array, stride: number, height: number): void => {
    if (rows.length < height) {
      rows = new BigUint64Array(height);
      rowsAddress = Number(addressOf(rows));
    }
    // Two halves of each pointer: arithmetic on whole ones would be in slow big integers.
    const halves = new Uint32Array(rows.buffer);
    let address = Number(addressOf(pixels));
    for (let y = 0; y < height; y++, address += stride) {
      halves[2 * y] = address;
      halves[2 * y + 1] = address / 2 ** 32;
    }
  };

  // Compressed here and copied out: what is kept is no longer than it must be.
  let own = new Uint8Array(Buffer.allocUnsafeSlow(1 << 17).buffer);
  let ownAddress = addressOf(own);
  // Address and length of the file. libjpeg keeps pointers to both, so that they lie in a buffer of their own: small arrays without one may move.
  const target = new BigUint64Array(new ArrayBuffer(16));
  const targetLength = target.subarray(1);
  let lastQuality = 0;
  return {
    decodeInto(jpeg, width, height, out) {
      pointRows(out, width * 3, height);
      fromMemory(decompress, jpeg, jpeg.length);
      readHeader(decompress, 1);
      decompress.writeInt32LE(RGB, DECOMPRESS.outColourSpace);
      startDecompress(decompress);
      let done = 0;
      while (done < height) done += readLines(decompressAddress, rowsAddress + 8 * done, height - done) as number;
      abortDecompress(decompress);
      return errors.readInt32LE(ERROR.warnings) === 0;
    },
    encode(rgb, width, height, quality, out) {
      pointRows(rgb, width * 3, height);
      if (own.length < width * height + 4096) {
        own = new Uint8Array(Buffer.allocUnsafeSlow(width * height + 4096).buffer);
        ownAddress = addressOf(own);
      }
      target[0] = ownAddress;
      targetLength[0] = BigInt(own.length);
      toMemory(compress, target, targetLength);
      compress.writeUInt32LE(width, COMPRESS.imageWidth);
      compress.writeUInt32LE(height, COMPRESS.imageHeight);
      // The rest stays as it was for the image before.
      if (quality !== lastQuality) {
        compress.writeInt32LE(3, COMPRESS.components);
        compress.writeInt32LE(RGB, COMPRESS.colourSpace);
        setDefaults(compress);
        setQuality(compress, quality, 1);
        lastQuality = quality;
      }
      startCompress(compress, 1);
      writeLines(compress, rows, height);
      finishCompress(compress);
      const [address, length] = [target[0] as bigint, Number(targetLength[0])];
      if (address === ownAddress) return copyInto(own.subarray(0, length), out);
      // What did not fit went into memory of libjpeg's own.
      const jpeg = copyInto(new Uint8Array(koffi.view(address, length)), out);
      free(address);
      return jpeg;
    },
  };
}
