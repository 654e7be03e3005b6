import type { RandomStream } from '@slidestream/core';

/** A smooth random field over the plane with values in [0, 1] and features of size 1. */
export type Noise = (x: number, y: number) => number;

const SIDE = 128;

/** Value noise: random values on a lattice that repeats after 128, joined smoothly. */
export function valueNoise(random: RandomStream): Noise {
  const lattice = Float64Array.from({ length: SIDE * SIDE }, () => random.uint32() / 0x100000000);
  const at = (column: number, row: number): number => lattice[(row & (SIDE - 1)) * SIDE + (column & (SIDE - 1))] as number;
  return (x, y) => {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const fx = x - column;
    const fy = y - row;
    const sx = fx * fx * (3 - 2 * fx);
    const sy = fy * fy * (3 - 2 * fy);
    const top = at(column, row) + sx * (at(column + 1, row) - at(column, row));
    const bottom = at(column, row + 1) + sx * (at(column + 1, row + 1) - at(column, row + 1));
    return top + sy * (bottom - top);
  };
}
