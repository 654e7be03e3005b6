/**
 * safetensors, PyTorch .pt, npy/npz, HDF5 coordinates and features, QuPath GeoJSON.
 *
 * @packageDocumentation
 */
export {};
