import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ioError, type ProcessIdentity } from '@slidestream/core/node';
import { entries } from './lmdb-tree.js';
import { loadLmdb, openNative } from './native-lmdb.js';
import { refuseNetworkFileSystem } from './network-file-system.js';
import { openPages } from './open-pages.js';
import { storeError } from './store-error.js';
import { readHeader, readSlideTable } from './store-records.js';
import { parseTileKey } from './tile-key.js';
import { TileStoreWriterImpl } from './tile-store-writer.js';
import type { StoreHeader, TileStoreWriter } from './types.js';
import { takeWriterLock } from './writer-lock.js';

/** How {@link createTileStore} writes. */
export interface CreateTileStoreOptions {
  /** Largest size the file may reach; it takes no space before it is used. 1 TiB by default. */
  readonly mapSizeBytes?: number | undefined;
  /** Most bytes of tiles held in memory before they are written, 16 MB by default. */
  readonly batchBytes?: number | undefined;
  /** Whether a writer on another machine is known to have ended: its lock is then taken over. */
  readonly isWriterGone?: ((writer: ProcessIdentity) => boolean) | undefined;
  /**
   * How long a finished slide may wait for others, in milliseconds: many small slides then share a transaction, and with it the wait for the disk. 0 by
   * default: only slides that are asked for at the same time do.
   */
  readonly commitWithinMs?: number | undefined;
  /** Write on a network file system, too, where a loss of connection can tear the store. No by default. */
  readonly allowNetworkFileSystem?: boolean | undefined;
}

interface ExistingStore {
  /** Complete slides and their tile counts, in writing order. */
  readonly counts: Map<string, number>;
  /** Keys that a killed run left of a slide that it did not finish. */
  readonly leftovers: readonly Buffer[];
  readonly mapSize: number;
}

/**
 * Creates the tile store at `path`, or goes on with one that an earlier run of the same settings began; complete slides are kept, a half-written one is
 * removed.
 *
 * @throws SlidestreamError `store/locked`, `store/other-settings`, `store/not-ours`, `store/lmdb-build`, `store/damaged`,
 * `store/network-file-system`, `io/*`
 *
 * @example
 * ```ts
 * const store = await createTileStore('tiles.lmdb', { formatVersion: 1, tileSizePx: 256, jpegQuality: 80, encoder: 'sharp', creator: 'me' });
 * await store.writeSlide('case-1', info, tiles);
 * await store.close();
 * ```
 */
export async function createTileStore(path: string, header: StoreHeader, options: CreateTileStoreOptions = {}): Promise<TileStoreWriter> {
  const file = resolve(path);
  if (options.allowNetworkFileSystem !== true) refuseNetworkFileSystem(file, dirname(file));
  const lock = takeWriterLock(file, options.isWriterGone);
  try {
    const existing = existsSync(file) ? inspect(file, header) : undefined;
    const { lmdb } = await loadLmdb();
    const mapSize = Math.max(options.mapSizeBytes ?? 2 ** 40, existing?.mapSize ?? 0);
    let db: ReturnType<typeof openNative>;
    try {
      db = openNative(lmdb, file, mapSize);
    } catch (error) {
      throw ioError(error, file);
    }
    const writer = new TileStoreWriterImpl(file, db, lock, existing?.counts ?? new Map(), {
      batchBytes: options.batchBytes ?? 1 << 24,
      commitWithinMs: options.commitWithinMs ?? 0,
    });
    try {
      writer.begin(header, existing?.leftovers ?? []);
    } catch (error) {
      await db.close();
      throw error;
    }
    return writer;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Walks all of an existing store in our own code first: LMDB would end the process on a damaged one. */
function inspect(file: string, header: StoreHeader): ExistingStore {
  using pages = openPages(file);
  const before = readHeader(pages);
  // A run that was killed before its first transaction leaves an empty store.
  if (before === null && pages.meta.entries === 0) return { counts: new Map(), leftovers: [], mapSize: pages.meta.mapSize };
  if (before === null) {
    throw storeError(
      'not-ours',
      'the store was written by another tool and is left as it is',
      { file },
      { category: 'usage', hint: 'Import it into a new store: slidestream store import' },
    );
  }
  const differences = describeDifferences(before, header);
  if (differences !== '') {
    throw storeError(
      'other-settings',
      `the store was begun with other settings: ${differences}`,
      { file },
      { category: 'usage', hint: 'Use the same settings, or another store' },
    );
  }
  const counts = new Map(readSlideTable(pages).counts);
  const leftovers: Buffer[] = [];
  for (const { key } of entries(pages)) {
    const tile = parseTileKey(key);
    if (tile !== undefined && tile.index >= (counts.get(tile.slide) ?? 0)) leftovers.push(key);
  }
  for (const _ of entries(pages, pages.meta.freeRoot)) {
    // Walking the list of free pages checks it.
  }
  return { counts, leftovers, mapSize: pages.meta.mapSize };
}

function describeDifferences(before: StoreHeader, now: StoreHeader): string {
  const fields = ['tileSizePx', 'jpegQuality', 'encoder'] as const;
  return fields
    .filter((field) => before[field] !== now[field])
    .map((field) => `${field} ${before[field]}, now ${now[field]}`)
    .join('; ');
}
