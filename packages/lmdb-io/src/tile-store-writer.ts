import { pickleValue } from '@slidestream/pickle';
import type { RootDatabase } from 'lmdb';
import { type CommitGroup, createCommitGroup } from './commit-group.js';
import { createSlideTables, type SlideTables } from './slide-tables.js';
import { storeError } from './store-error.js';
import { applyChanges, type StoreChange } from './store-writes.js';
import { checkSlideId, HEADER_RECORD, KEYS_RECORD, LENGTH_RECORD, recordKey, slideKey, tileKey, WRITING_RECORD } from './tile-key.js';
import { tileRecord } from './tile-record.js';
import type { StoredSlideInfo, StoreHeader, TileRecord, TileStoreWriter, TileToStore } from './types.js';
import type { WriterLock } from './writer-lock.js';

/** Changes of one transaction at most: keys that are removed count little in bytes. */
const BATCH_CHANGES = 20_000;

/** @internal How {@link TileStoreWriterImpl} writes. */
export interface WriterOptions {
  readonly batchBytes: number;
  readonly commitWithinMs: number;
}

type Tiles = AsyncIterable<TileToStore | TileRecord> | Iterable<TileToStore | TileRecord>;

/** @internal what {@link createTileStore} returns. */
export class TileStoreWriterImpl implements TileStoreWriter {
  readonly path: string;
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #lock: WriterLock;
  readonly #tables: SlideTables;
  readonly #group: CommitGroup;
  readonly #batchBytes: number;
  /** Tiles are taken of one slide after the other, whoever asks. */
  #queue: Promise<unknown> = Promise.resolve();
  /** Slides whose tiles are not all taken. */
  #asked = 0;
  #closed = false;

  constructor(
    path: string,
    db: RootDatabase<Buffer, Buffer>,
    lock: WriterLock,
    counts: ReadonlyMap<string, number>,
    options: WriterOptions,
  ) {
    this.path = path;
    this.#db = db;
    this.#lock = lock;
    this.#tables = createSlideTables(counts);
    this.#batchBytes = options.batchBytes;
    this.#group = createCommitGroup({
      apply: (changes) => this.#apply(changes),
      tables: this.#tables,
      atMostBytes: options.batchBytes,
      withinMs: options.commitWithinMs,
      more: () => this.#asked > 0,
    });
  }

  /** Writes the header and removes what a killed run left. */
  begin(header: StoreHeader, leftovers: readonly Buffer[]): void {
    for (let start = 0; start < leftovers.length; start += BATCH_CHANGES) {
      this.#apply(leftovers.slice(start, start + BATCH_CHANGES).map((key) => ({ key, remove: true })));
    }
    this.#apply([
      { key: recordKey(HEADER_RECORD), value: Buffer.from(JSON.stringify(header)) },
      { key: recordKey(WRITING_RECORD), remove: true },
      ...this.#tables.renewal(),
    ]);
  }

  has(slide: string): boolean {
    return this.#tables.counts.has(slide);
  }

  async writeSlide(slide: string, info: Omit<StoredSlideInfo, 'crc32c'>, tiles: Tiles): Promise<void> {
    this.#asked++;
    const taken = this.#queue.then(() => this.#takeSlide(slide, info, tiles));
    this.#queue = taken.catch(() => undefined);
    await (await taken).durable;
  }

  flush(): void {
    this.#group.commit();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue;
    this.#group.commit();
    try {
      const keys: Uint8Array[] = [];
      for (const [slide, count] of this.#tables.counts) for (let index = 0; index < count; index++) keys.push(tileKey(slide, index));
      this.#apply([
        { key: recordKey(KEYS_RECORD), value: pickleValue(keys) },
        { key: recordKey(LENGTH_RECORD), value: pickleValue(keys.length) },
        ...this.#tables.renewal(),
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

  #check(slide: string): void {
    if (this.#closed) throw storeError('closed', 'the store is closed', { file: this.path, slide }, { category: 'internal' });
    checkSlideId(slide, this.path);
    if (!this.has(slide) && !this.#group.has(slide)) return;
    throw storeError(
      'slide-exists',
      'the store has this slide already',
      { file: this.path, slide },
      { category: 'usage', hint: 'Ask has(slide) first' },
    );
  }

  /** Takes all tiles of a slide; it is in the store when `durable` is. */
  async #takeSlide(slide: string, info: Omit<StoredSlideInfo, 'crc32c'>, tiles: Tiles): Promise<{ readonly durable: Promise<void> }> {
    const checksums: number[] = [];
    let changes: StoreChange[] = [];
    let onWritten: (() => void)[] = [];
    let bytes = 0;
    let written = 0;
    const release = (): void => {
      for (const act of onWritten) act();
      onWritten = [];
    };
    try {
      this.#check(slide);
      for await (const tile of tiles) {
        if (this.#group.bytes + bytes >= this.#batchBytes || changes.length >= BATCH_CHANGES) {
          this.#group.commit([{ key: recordKey(WRITING_RECORD), value: Buffer.from(slide, 'utf8') }, ...changes]);
          written = checksums.length;
          changes = [];
          bytes = 0;
          release();
        }
        const record: TileRecord = 'jpeg' in tile ? tileRecord(tile.jpeg) : tile;
        changes.push({ key: tileKey(slide, checksums.length), value: record.value });
        checksums.push(record.crc32c);
        bytes += record.value.length;
        if (record.onWritten !== undefined) onWritten.push(record.onWritten);
      }
      if (info.coords.length !== 0 && info.coords.length !== 2 * checksums.length) {
        throw storeError(
          'tile-count',
          `${checksums.length} tiles came for ${info.coords.length / 2} coordinates`,
          { file: this.path, slide },
          { category: 'internal' },
        );
      }
      changes.push({ key: slideKey(slide), value: Buffer.from(JSON.stringify({ ...info, crc32c: checksums })) });
      if (written > 0) changes.push({ key: recordKey(WRITING_RECORD), remove: true });
    } catch (error) {
      this.#remove(slide, written);
      release();
      throw error;
    } finally {
      this.#asked--;
    }
    const durable = new Promise<void>((resolve, reject) => {
      const settle = (error?: unknown): void => {
        release();
        if (error !== undefined) this.#remove(slide, written);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#group.add({ slide, count: checksums.length, changes, bytes, settle });
    });
    return { durable };
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
