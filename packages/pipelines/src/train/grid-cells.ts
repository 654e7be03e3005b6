/**
 * The cell, column and row, of each tile in the grid of its slide: what heads with position encodings take (SPEC §6.1).
 *
 * @param coords - corners of tiles, flat [x0, y0, x1, y1, …]
 * @param edge - side of a cell in the unit of the corners; absent = the smallest distance of two columns or rows
 * @returns float32 [N, 2]
 */
export function gridCells(coords: ArrayLike<number>, edge: number = smallestStep(coords)): Float32Array {
  return Float32Array.from(coords, (value) => Math.floor(value / edge));
}

/** 1 where all tiles lie in one place. */
function smallestStep(coords: ArrayLike<number>): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const axis of [0, 1]) {
    const places = Float64Array.from({ length: coords.length / 2 }, (_, i) => coords[2 * i + axis] as number).sort();
    for (let i = 1; i < places.length; i++) {
      const step = (places[i] as number) - (places[i - 1] as number);
      if (step > 0) smallest = Math.min(smallest, step);
    }
  }
  return Number.isFinite(smallest) ? smallest : 1;
}

/** Positions of several parts one after the other; `undefined` when any part has none. */
export function joinCells(parts: readonly (Float32Array | undefined)[]): Float32Array | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  const joined = new Float32Array(known.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of known) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
