/**
 * safetensors, PyTorch .pt, npy/npz, HDF5 coordinates and features, QuPath GeoJSON.
 *
 * @packageDocumentation
 */

export type { ClamCoords, ClamCoordsInput } from './clam-coords.js';
export { readClamCoords, readHdf5Coords, writeClamCoords } from './clam-coords.js';
export type { FeatureBag } from './feature-bag.js';
export type { WriteFeaturesOptions } from './features.js';
export { readFeatures, writeFeatures } from './features.js';
export type { GridPositions } from './grid-positions.js';
export { gridPositions } from './grid-positions.js';
export type { FeatureLayout } from './hdf5-features.js';
export type { AttributeValue } from './hdf5-file.js';
export { decodeNpy, encodeNpy, readNpy } from './npy.js';
export type { NpzOptions } from './npz.js';
export { readNpz } from './npz.js';
export type { QuPathFeature, QuPathGeometry, QuPathPosition } from './qupath.js';
export { formatQuPath, parseQuPath } from './qupath.js';
export { referenceEncoderName, renameReferenceEncoder } from './reference-encoder-names.js';
export { encodeSafetensors, readSafetensors, readSafetensorsHeader, writeSafetensors } from './safetensors.js';
export type { SafetensorsEntry, SafetensorsHeader } from './safetensors-header.js';
export type { StateDictOptions } from './state-dict.js';
export { readStateDict } from './state-dict.js';
export { torchAllowList } from './torch-allowlist.js';
export { readTorch } from './torch-reader.js';
export type { TorchValue } from './torch-value.js';
export { isTensorRecord } from './torch-value.js';
export { encodeTorch, writeTorch } from './torch-writer.js';
