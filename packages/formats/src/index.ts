/**
 * safetensors, PyTorch .pt, npy/npz, HDF5 coordinates and features, QuPath GeoJSON.
 *
 * @packageDocumentation
 */

export { decodeNpy, encodeNpy, readNpy } from './npy.js';
export type { NpzOptions } from './npz.js';
export { readNpz } from './npz.js';
export { encodeSafetensors, readSafetensors, readSafetensorsHeader, writeSafetensors } from './safetensors.js';
export type { SafetensorsEntry, SafetensorsHeader } from './safetensors-header.js';
export type { StateDictOptions } from './state-dict.js';
export { readStateDict } from './state-dict.js';
export { torchAllowList } from './torch-allowlist.js';
export { readTorch } from './torch-reader.js';
export type { TorchValue } from './torch-value.js';
export { isTensorRecord } from './torch-value.js';
