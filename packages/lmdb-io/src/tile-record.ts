import { PICKLED_BYTES_OVERHEAD, pickleBytes } from '@slidestream/pickle';
import { crc32c } from './crc32c.js';
import type { TileRecord } from './types.js';

/** Bytes that a tile's record takes beyond its JPEG at most. */
export const TILE_RECORD_OVERHEAD = PICKLED_BYTES_OVERHEAD;

/**
 * The record of a tile as the store keeps it. Whoever compresses tiles can make it there and then, so that the one process that writes only
 * copies.
 *
 * @param memory where the value goes when it has room for the JPEG and {@link TILE_RECORD_OVERHEAD}; new memory by default
 */
export function tileRecord(jpeg: Uint8Array, memory?: Uint8Array): TileRecord {
  return { value: pickleBytes(jpeg, memory), crc32c: crc32c(jpeg) };
}
