/**
 * Tile transforms folded into one projective warp per tile.
 *
 * @packageDocumentation
 */
export {};
