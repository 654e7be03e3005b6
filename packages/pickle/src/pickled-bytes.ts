import { NumpyArray } from './numpy-array.js';
import { OP } from './opcodes.js';
import { pickleError } from './pickle-error.js';
import { type UnpickleOptions, unpickle } from './unpickle.js';

/**
 * The byte string inside a pickled `bytes` object or numpy uint8 array: a tile of the reference's stores. Values as `pickle.dumps(x, 4)`
 * writes them take a fast path of a few comparisons, everything else goes through the restricted machine.
 *
 * @returns a view of `value`, not a copy
 * @throws SlidestreamError `pickle/*`, `pickle/not-bytes` when it holds something else
 */
export function unpickleJpeg(value: Uint8Array, options: UnpickleOptions = {}): Uint8Array {
  const fast = protocol4Bytes(value);
  if (fast !== undefined) return fast;
  const result = unpickle(value, options);
  if (result instanceof Uint8Array) return result;
  if (result instanceof NumpyArray && result.dtype.itemSize === 1 && result.dtype.kind !== 'b') return result.bytes;
  throw pickleError('not-bytes', 'the value is neither bytes nor a numpy array of bytes', { file: options.file, offset: 0, opcode: '' });
}

/** `80 04 [95 <u64>] (43 <u8 n> | 42 <u32 n>) <n bytes> 94 2e`, else `undefined`. */
function protocol4Bytes(value: Uint8Array): Uint8Array | undefined {
  const length = value.length;
  if (length < 6 || value[0] !== OP.PROTO || (value[1] !== 4 && value[1] !== 5)) return undefined;
  if (value[length - 2] !== OP.MEMOIZE || value[length - 1] !== OP.STOP) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, length);
  let at = 2;
  if (value[at] === OP.FRAME) {
    if (length < 13 || view.getUint32(7, true) !== 0 || view.getUint32(3, true) !== length - 11) return undefined;
    at = 11;
  }
  const op = value[at];
  let count: number;
  if (op === OP.SHORT_BINBYTES && at + 2 <= length) {
    count = value[at + 1] as number;
    at += 2;
  } else if (op === OP.BINBYTES && at + 5 <= length) {
    count = view.getUint32(at + 1, true);
    at += 5;
  } else return undefined;
  return at + count + 2 === length ? value.subarray(at, at + count) : undefined;
}
