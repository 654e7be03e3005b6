/**
 * The tile store over LMDB.
 *
 * @packageDocumentation
 */

export type { CompactReport } from './compact-tile-store.js';
export { compactTileStore } from './compact-tile-store.js';
export type { CopyOptions, CopyReport } from './copy-options.js';
export { crc32c } from './crc32c.js';
export type { CreateTileStoreOptions } from './create-tile-store.js';
export { createTileStore } from './create-tile-store.js';
export { exportTars } from './export-tars.js';
export type { ExportTfrecordsOptions, TfrecordIndex } from './export-tfrecords.js';
export { exportTfrecords } from './export-tfrecords.js';
export type { ExportOptions } from './export-tile-store.js';
export { exportTileStore } from './export-tile-store.js';
export type { ImportOptions } from './import-tile-store.js';
export { importTileStore } from './import-tile-store.js';
export { jpegSize } from './jpeg-size.js';
export { mergeTileStores } from './merge-tile-stores.js';
export type { LmdbBuild } from './native-lmdb.js';
export { BUILD_COMMAND, checkLmdbBuild } from './native-lmdb.js';
export type { PreflightReport } from './open-pages.js';
export { preflight } from './open-pages.js';
export type { OpenTileStoreOptions } from './open-tile-store.js';
export { openTileStore } from './open-tile-store.js';
export type { StoreStat } from './store-stat.js';
export { storeStat } from './store-stat.js';
export { TILE_RECORD_OVERHEAD, tileRecord } from './tile-record.js';
export type { SlideInfo, TileScaleFacts } from './tile-source.js';
export type { StoredSlideInfo, StoredTile, StoreHeader, TileRecord, TileStoreReader, TileStoreWriter, TileToStore } from './types.js';
export type { TileFault, VerifyOptions, VerifyReport } from './verify-tile-store.js';
export { verifyTileStore } from './verify-tile-store.js';
