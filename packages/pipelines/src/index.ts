/**
 * The recipes: tile, pack, embed, train, evaluate, predict, heatmap.
 *
 * @packageDocumentation
 */
export {};
