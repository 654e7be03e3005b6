import type { PointTest } from './point-test.js';
import type { TilingParameters } from './types.js';

/** Whether the tile with this top-left corner counts as on the tissue. */
export type TileTest = (x: number, y: number) => boolean;

/**
 * CLAM's four contour tests (SPEC §7.1) for tiles of `side` level-0 pixels.
 *
 * @param outer - where a point lies relative to the tissue's outline
 */
export function contourTest(name: TilingParameters['contour_fn'], outer: PointTest, side: number): TileTest {
  const half = Math.floor(side / 2);
  const shift = Math.trunc(half * 0.5);
  const onTissue = (x: number, y: number): boolean => outer(x, y) >= 0;
  const corners = (x: number, y: number): readonly (readonly [number, number])[] => {
    const cx = x + half;
    const cy = y + half;
    if (shift === 0) return [[cx, cy]];
    return [
      [cx - shift, cy - shift],
      [cx + shift, cy + shift],
      [cx + shift, cy - shift],
      [cx - shift, cy + shift],
    ];
  };
  switch (name) {
    case 'four_pt':
      return (x, y) => corners(x, y).some(([px, py]) => onTissue(px, py));
    case 'four_pt_hard':
      return (x, y) => corners(x, y).every(([px, py]) => onTissue(px, py));
    case 'center':
      return (x, y) => onTissue(x + half, y + half);
    case 'basic':
      return onTissue;
  }
}
