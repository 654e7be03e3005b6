import { pickleValue } from '@slidestream/pickle';
import type { RootDatabase } from 'lmdb';
import { storeError } from './store-error.js';
import { applyChanges, type StoreChange } from './store-writes.js';
import {
  COUNTS_RECORD,
  checkSlideId,
  HEADER_RECORD,
  KEYS_RECORD,
  LENGTH_RECORD,
  recordKey,
  SLIDES_RECORD,
  slideKey,
  tileKey,
  WRITING_RECORD,
} from './tile-key.js';
import { tileRecord } from './tile-record.js';
import type { StoredSlideInfo, StoreHeader, TileRecord, TileStoreWriter, TileToStore } from './types.js';
import type { WriterLock } from './writer-lock.js';

/** Changes of one transaction at most: keys that are removed count little in bytes. */
const BATCH_CHANGES = 20_000;

/** @internal what {@link createTileStore} returns. */
export class TileStoreWriterImpl implements TileStoreWriter {
  readonly path: string;
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #lock: WriterLock;
  readonly #counts: Map<string, number>;
  readonly #batchBytes: number;
  /** Slides are written one after the other, whoever asks. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(path: string, db: RootDatabase<Buffer, Buffer>, lock: WriterLock, counts: Map<string, number>, batchBytes: number) {
    this.path = path;
    this.#db = db;
    this.#lock = lock;
    this.#counts = counts;
    this.#batchBytes = batchBytes;
  }

  /** Writes the header and removes what a killed run left. */
  begin(header: StoreHeader, leftovers: readonly Buffer[]): void {
    for (let start = 0; start < leftovers.length; start += BATCH_CHANGES) {
      this.#apply(leftovers.slice(start, start + BATCH_CHANGES).map((key) => ({ key, remove: true })));
    }
    this.#apply([
      { key: recordKey(HEADER_RECORD), value: Buffer.from(JSON.stringify(header)) },
      { key: recordKey(WRITING_RECORD), remove: true },
      ...this.#tables(),
    ]);
  }

  has(slide: string): boolean {
    return this.#counts.has(slide);
  }

  writeSlide(
    slide: string,
    info: Omit<StoredSlideInfo, 'crc32c'>,
    tiles: AsyncIterable<TileToStore | TileRecord> | Iterable<TileToStore | TileRecord>,
  ): Promise<void> {
    const work = this.#queue.then(() => this.#writeSlide(slide, info, tiles));
    this.#queue = work.catch(() => undefined);
    return work;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue;
    try {
      const keys: Uint8Array[] = [];
      for (const [slide, count] of this.#counts) for (let index = 0; index < count; index++) keys.push(tileKey(slide, index));
      this.#apply([
        { key: recordKey(KEYS_RECORD), value: pickleValue(keys) },
        { key: recordKey(LENGTH_RECORD), value: pickleValue(keys.length) },
      ]);
    } finally {
      await this.#db.close();
      this.#lock.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #apply(changes: readonly StoreChange[]): void {
    applyChanges(this.#db, this.path, changes);
  }

  #tables(): StoreChange[] {
    return [
      { key: recordKey(COUNTS_RECORD), value: pickleValue(this.#counts) },
      { key: recordKey(SLIDES_RECORD), value: pickleValue([...this.#counts.keys()]) },
    ];
  }

  async #writeSlide(
    slide: string,
    info: Omit<StoredSlideInfo, 'crc32c'>,
    tiles: AsyncIterable<TileToStore | TileRecord> | Iterable<TileToStore | TileRecord>,
  ): Promise<void> {
    if (this.#closed) throw storeError('closed', 'the store is closed', { file: this.path, slide }, { category: 'internal' });
    checkSlideId(slide, this.path);
    if (this.has(slide)) {
      throw storeError(
        'slide-exists',
        'the store has this slide already',
        { file: this.path, slide },
        { category: 'usage', hint: 'Ask has(slide) first' },
      );
    }
    const checksums: number[] = [];
    let batch: StoreChange[] = [{ key: recordKey(WRITING_RECORD), value: Buffer.from(slide, 'utf8') }];
    let bytes = 0;
    let written = 0;
    try {
      for await (const tile of tiles) {
        if (bytes >= this.#batchBytes || batch.length >= BATCH_CHANGES) {
          this.#apply(batch);
          written = checksums.length;
          batch = [];
          bytes = 0;
        }
        const { value, crc32c } = 'jpeg' in tile ? tileRecord(tile.jpeg) : tile;
        batch.push({ key: tileKey(slide, checksums.length), value });
        checksums.push(crc32c);
        bytes += value.length;
      }
      if (info.coords.length !== 0 && info.coords.length !== 2 * checksums.length) {
        throw storeError(
          'tile-count',
          `${checksums.length} tiles came for ${info.coords.length / 2} coordinates`,
          { file: this.path, slide },
          { category: 'internal' },
        );
      }
      this.#counts.set(slide, checksums.length);
      this.#apply([
        ...batch,
        { key: slideKey(slide), value: Buffer.from(JSON.stringify({ ...info, crc32c: checksums })) },
        { key: recordKey(WRITING_RECORD), remove: true },
        ...this.#tables(),
      ]);
    } catch (error) {
      this.#counts.delete(slide);
      this.#remove(slide, written);
      throw error;
    }
  }

  /** Takes back the tiles of a slide that could not be finished; on a full disk the next run does it. */
  #remove(slide: string, count: number): void {
    try {
      for (let start = 0; start < count; start += BATCH_CHANGES) {
        const indices = Array.from({ length: Math.min(BATCH_CHANGES, count - start) }, (_, i) => start + i);
        this.#apply(indices.map((index) => ({ key: tileKey(slide, index), remove: true })));
      }
      if (count > 0) this.#apply([{ key: recordKey(WRITING_RECORD), remove: true }]);
    } catch {
      // What is left is known to be unfinished and removed when the store is opened again.
    }
  }
}
