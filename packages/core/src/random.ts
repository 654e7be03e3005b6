import { philox4x32 } from './philox.js';

/** A step on the path to a stream: seed, epoch, slide id, instance, purpose. */
export type RandomPath = readonly (string | number)[];

/**
 * A reproducible source of random numbers that is named by a path, so that order of work, number of workers,
 * shards and resumes do not change what it yields.
 */
export interface RandomStream {
  /** The next unsigned 32-bit integer. */
  uint32(): number;
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, n), without modulo bias. */
  integer(n: number): number;
  /** A random order of 0…n−1. */
  permutation(n: number): Uint32Array;
  /** `count` distinct integers of 0…n−1 in random order; all of them when `count ≥ n`. */
  sample(n: number, count: number): Uint32Array;
  /** An independent stream whose path is this one's followed by `path`. Drawing from either does not move the other. */
  fork(...path: RandomPath): RandomStream;
}

/** 64 bits of hash of a path, as two words: FNV-1a over its typed text, finished with murmur's mixer. */
function hashPath(path: RandomPath): [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  const eat = (byte: number): void => {
    a = Math.imul(a ^ byte, 0x01000193) >>> 0;
    b = Math.imul(b ^ byte, 0x85ebca6b) >>> 0;
    b = ((b << 13) | (b >>> 19)) >>> 0;
  };
  for (const part of path) {
    const text = typeof part === 'number' ? `n${part}` : `s${part}`;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      eat(unit & 0xff);
      eat(unit >>> 8);
    }
    eat(0xff);
  }
  return [mix(a ^ b), mix((b + Math.imul(a, 0xc2b2ae35)) >>> 0)];
}

function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The random stream named by `path`.
 *
 * @example
 * ```ts
 * randomStream(2021, 'epoch', 3, 'slide', 'case-17').sample(tileCount, 512);
 * ```
 */
export function randomStream(...path: RandomPath): RandomStream {
  const key = hashPath(path);
  const counter = new Uint32Array(4);
  const block = new Uint32Array(4);
  let used = 4;
  const uint32 = (): number => {
    if (used === 4) {
      philox4x32(counter, key, block);
      counter[0] = ((counter[0] as number) + 1) >>> 0;
      if (counter[0] === 0) counter[1] = ((counter[1] as number) + 1) >>> 0;
      used = 0;
    }
    return block[used++] as number;
  };
  const uniform = (): number => ((uint32() >>> 5) * 0x4000000 + (uint32() >>> 6)) / 0x20000000000000;
  const integer = (n: number): number => {
    if (!(n >= 1 && n <= 0x100000000 && Number.isInteger(n))) throw new RangeError(`integer(n) needs an integer 1 ≤ n ≤ 2^32, got ${n}`);
    const limit = 0x100000000 - (0x100000000 % n);
    for (;;) {
      const value = uint32();
      if (value < limit) return value % n;
    }
  };
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const sample = (n: number, count: number): Uint32Array => {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    const take = Math.min(n, count);
    for (let i = 0; i < take; i++) {
      const j = i + integer(n - i);
      const value = order[i] as number;
      order[i] = order[j] as number;
      order[j] = value;
    }
    return order.subarray(0, take);
  };
  return {
    uint32,
    uniform,
    normal,
    integer,
    sample,
    permutation: (n) => sample(n, n),
    fork: (...more) => randomStream(...path, ...more),
  };
}
