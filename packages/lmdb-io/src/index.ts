/**
 * The tile store over LMDB.
 *
 * @packageDocumentation
 */
export type { StoredSlideInfo, StoredTile, StoreHeader, TileStoreReader, TileStoreWriter, TileToStore } from './types.js';
