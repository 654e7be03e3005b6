import type { TileGrid } from './types.js';

/**
 * For every tile of `fine` the tile of `coarse` in which its centre lies; where tiles overlap, the one whose centre is nearest; −1 where
 * there is none.
 *
 * @returns int32 [N], indices into `coarse`
 */
export function parentTiles(fine: TileGrid, coarse: TileGrid): Int32Array {
  const parents = new Int32Array(fine.coords.length / 2).fill(-1);
  const side = coarse.sizeLevel0Px;
  const cells = cellsOf(coarse);
  for (let i = 0; i < parents.length; i++) {
    const x = (fine.coords[2 * i] as number) + fine.sizeLevel0Px / 2;
    const y = (fine.coords[2 * i + 1] as number) + fine.sizeLevel0Px / 2;
    let nearest = Number.POSITIVE_INFINITY;
    for (const candidate of cells.near(x, y)) {
      const dx = x - (coarse.coords[2 * candidate] as number);
      const dy = y - (coarse.coords[2 * candidate + 1] as number);
      if (dx < 0 || dy < 0 || dx >= side || dy >= side) continue;
      const distance = (dx - side / 2) ** 2 + (dy - side / 2) ** 2;
      if (distance < nearest) {
        nearest = distance;
        parents[i] = candidate;
      }
    }
  }
  return parents;
}

/**
 * The other way round: the tiles of each parent, in their order.
 *
 * @param count - tiles of the coarse scale
 */
export function childTiles(parents: ArrayLike<number>, count: number): Int32Array[] {
  const children: number[][] = Array.from({ length: count }, () => []);
  for (let i = 0; i < parents.length; i++) children[parents[i] as number]?.push(i);
  return children.map((tiles) => Int32Array.from(tiles));
}

/** Grids by name with the parents that they have: each scale is linked to the next coarser one. */
export function linkScales(grids: ReadonlyMap<string, TileGrid>): Map<string, TileGrid> {
  const perPixel = ({ sizeLevel0Px, tileSizePx }: TileGrid): number => sizeLevel0Px / tileSizePx;
  const byScale = [...grids].sort(([, a], [, b]) => perPixel(a) - perPixel(b));
  return new Map(
    [...grids].map(([name, grid]) => {
      const coarser = byScale.find(([, other]) => perPixel(other) > perPixel(grid) * 1.001);
      if (coarser === undefined) return [name, grid];
      return [name, { ...grid, parents: { scale: coarser[0], tiles: parentTiles(grid, coarser[1]) } }];
    }),
  );
}

/** Tiles by squares of their own side: a point can lie in tiles of its square and of the ones left, above and both. */
function cellsOf({ coords, sizeLevel0Px }: TileGrid): { near(x: number, y: number): number[] } {
  const cell = sizeLevel0Px;
  const keyOf = (column: number, row: number): number => row * 2 ** 26 + column;
  const tiles = new Map<number, number[]>();
  for (let i = 0; i < coords.length / 2; i++) {
    const key = keyOf(Math.floor((coords[2 * i] as number) / cell), Math.floor((coords[2 * i + 1] as number) / cell));
    const here = tiles.get(key);
    if (here === undefined) tiles.set(key, [i]);
    else here.push(i);
  }
  return {
    near: (x, y) => {
      const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)];
      return [0, 1].flatMap((up) => [0, 1].flatMap((left) => tiles.get(keyOf(column - left, row - up)) ?? []));
    },
  };
}
