/**
 * safetensors, PyTorch .pt, npy/npz, HDF5 coordinates and features, QuPath GeoJSON.
 *
 * @packageDocumentation
 */

export type { FieldRows } from './annotation-tables.js';
export {
  annotationsOfSlideflow,
  formatTridentContours,
  slideflowRows,
  tilesOfWsinfer,
  wsinferRows,
} from './annotation-tables.js';
export type { ClamCoords, ClamCoordsInput } from './clam-coords.js';
export { readClamCoords, readHdf5Coords, writeClamCoords } from './clam-coords.js';
export type { ConvertFeaturesOptions, ConvertFolderOptions, ConvertReport } from './convert-folder.js';
export { convertCoords, convertFeatures } from './convert-folder.js';
export type { CoordsFileOptions } from './coords-files.js';
export { readTileCoords, writeTileCoords } from './coords-files.js';
export type { ExchangeFile } from './exchange-folders.js';
export { findCoordsFiles, findFeatureFiles } from './exchange-folders.js';
export type { FeatureBag, FeatureOrigin, FeatureSystem } from './feature-bag.js';
export type { WrittenFeatures } from './feature-files.js';
export { readFeatureFile, writeFeatureFile } from './feature-files.js';
export type { WriteFeaturesOptions } from './features.js';
export { readFeatures, writeFeatures } from './features.js';
export type { GridPositions } from './grid-positions.js';
export { gridPositions } from './grid-positions.js';
export type { AttributeType, AttributeValue, TypedAttribute, TypedAttributes } from './hdf5-attributes.js';
export type { FeatureLayout, Hdf5FeatureOptions } from './hdf5-features.js';
export { decodeNpy, encodeNpy, readNpy } from './npy.js';
export type { NpzOptions } from './npz.js';
export { encodeNpz, readNpz } from './npz.js';
export type { BagForOptions, SaidUnit } from './place-bag.js';
export { bagFor } from './place-bag.js';
export type { QuPathFeature, QuPathFile, QuPathGeometry, QuPathPosition } from './qupath.js';
export { formatQuPath, parseQuPath, parseQuPathFile } from './qupath.js';
export { referenceEncoderName, renameReferenceEncoder } from './reference-encoder-names.js';
export { encodeSafetensors, readSafetensors, readSafetensorsHeader, writeSafetensors } from './safetensors.js';
export type { SafetensorsEntry, SafetensorsHeader } from './safetensors-header.js';
export type { StateDictOptions } from './state-dict.js';
export { readStateDict } from './state-dict.js';
export type { AttributePlace } from './system-attributes.js';
export type { CoordsOrigin, CoordsSystem, TileCoords } from './tile-coords.js';
export type { SlideFacts, TileFacts } from './tile-facts.js';
export { torchAllowList } from './torch-allowlist.js';
export { readTorch } from './torch-reader.js';
export type { TorchValue } from './torch-value.js';
export { isTensorRecord } from './torch-value.js';
export { encodeTorch, writeTorch } from './torch-writer.js';
