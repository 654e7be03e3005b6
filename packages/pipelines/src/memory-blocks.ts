/** Memory that is used again and again: large blocks that come and go call the garbage collector. */
export interface MemoryBlocks {
  /** So many bytes, of anything. */
  take(bytes: number): Uint8Array;
  /** Takes a block back, whole, whatever part of it is given; nothing may refer to it any more. */
  giveBack(part: Uint8Array): void;
}

/** Smaller blocks are not worth telling apart. */
const SMALLEST = 1 << 16;

/** Makes a store of at most `count` blocks that are not in use. */
export function createBlocks(count: number): MemoryBlocks {
  const free: Uint8Array[] = [];
  return {
    take(bytes) {
      const fits = free.findIndex((block) => block.length >= bytes);
      const block = fits < 0 ? undefined : free.splice(fits, 1)[0];
      return (block ?? new Uint8Array(Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes))))).subarray(0, bytes);
    },
    giveBack({ buffer }) {
      free.push(new Uint8Array(buffer));
      if (free.length <= count) return;
      // The smallest goes: the others serve more.
      free.sort((a, b) => a.length - b.length).shift();
    },
  };
}
