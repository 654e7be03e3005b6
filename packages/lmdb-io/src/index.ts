/**
 * The tile store over LMDB.
 *
 * @packageDocumentation
 */

export { crc32c } from './crc32c.js';
export type { CreateTileStoreOptions } from './create-tile-store.js';
export { createTileStore } from './create-tile-store.js';
export type { LmdbBuild } from './native-lmdb.js';
export { BUILD_COMMAND, checkLmdbBuild } from './native-lmdb.js';
export type { OpenTileStoreOptions } from './open-tile-store.js';
export { openTileStore } from './open-tile-store.js';
export type { PreflightReport } from './preflight.js';
export { preflight } from './preflight.js';
export type { StoredSlideInfo, StoredTile, StoreHeader, TileStoreReader, TileStoreWriter, TileToStore } from './types.js';
export type { TileFault, VerifyOptions, VerifyReport } from './verify-tile-store.js';
export { verifyTileStore } from './verify-tile-store.js';
