const N = 624;
const M = 397;

/**
 * numpy's legacy `RandomState`: the Mersenne Twister with its seeding and its shuffle, to repeat splits that were made with
 * numpy, pandas or scikit-learn. New code takes `randomStream` of `@slidestream/core`.
 *
 * @example
 * ```ts
 * new RandomState(0).permutation(5); // 2 0 1 3 4
 * ```
 * @see Matsumoto and Nishimura 1998, Mersenne Twister
 */
export class RandomState {
  readonly #state = new Uint32Array(N);
  #at = N;

  /** @param seed - integer in [0, 2³²) */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) throw new RangeError(`seed ${seed} is no integer of 0…2^32−1`);
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < N; i++) {
      const before = state[i - 1] as number;
      state[i] = (Math.imul(1812433253, before ^ (before >>> 30)) + i) >>> 0;
    }
  }

  /** The next unsigned 32-bit integer. */
  uint32(): number {
    if (this.#at === N) this.#twist();
    let y = this.#state[this.#at++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** Uniform in [0, 1) with 53 bits: `random_sample`. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    return (high * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000;
  }

  /** A random order of 0…n−1: `permutation(n)`, which is also pandas' `sample(frac=1)`. */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.#interval(i);
      const value = order[i] as number;
      order[i] = order[j] as number;
      order[j] = value;
    }
    return order;
  }

  /** Uniform integer in [0, max], by rejection under a mask. */
  #interval(max: number): number {
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < N; i++) {
      const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % N] as number) & 0x7fffffff);
      state[i] = (state[(i + M) % N] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}
