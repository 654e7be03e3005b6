/**
 * Tile transforms, drawn for each tile on its own and applied to a batch at once.
 *
 * @packageDocumentation
 */
export { applyColour } from './apply-colour.js';
export type { Normalisation, TensorOptions } from './augment-tiles.js';
export { augmentTiles, toNormalisedTensor } from './augment-tiles.js';
export type { Augmentation, ColourJitter, FixedCrop, PresetName, PresetOptions, RandomResizedCrop, StainJitter } from './augmentation.js';
export { preset, presetNames } from './augmentation.js';
export type { TileSize } from './draw-transforms.js';
export { drawTransforms } from './draw-transforms.js';
export type { Taps } from './resize-image.js';
export { resizeImage, resizeTaps } from './resize-image.js';
export type { TileImages } from './tile-images.js';
export type { TileInput, TileInputOptions } from './tile-input.js';
export { tileInput } from './tile-input.js';
export type { ColourChange, CropBox, TileTransform } from './tile-transform.js';
export { identityTransform } from './tile-transform.js';
export { warpTiles } from './warp-tiles.js';
