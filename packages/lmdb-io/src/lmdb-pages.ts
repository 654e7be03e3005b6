import { closeSync, readSync } from 'node:fs';
import { ioError } from '@slidestream/core/node';
import { type LmdbMeta, TXN_OFFSET } from './lmdb-meta.js';
import { openDataFile, readMetas } from './preflight.js';
import { storeError } from './store-error.js';

/** Bytes of a page header. */
export const HEADER = 16;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
/** Pages kept in memory: 8 MB at the usual page size. */
const CACHE_PAGES = 2048;

/** A branch or leaf page, its header checked. */
export interface LmdbPage {
  readonly bytes: Buffer;
  readonly number: number;
  readonly leaf: boolean;
  readonly count: number;
}

/**
 * An LMDB file of data format 1, read by plain reads in our own code: a damaged or shrinking file is a typed error, where a memory map would end the process.
 */
export class LmdbPages implements Disposable {
  readonly file: string;
  /** Length of the file when it was opened. */
  readonly sizeBytes: number;
  #descriptor: number;
  #meta: LmdbMeta;
  readonly #cache = new Map<number, LmdbPage>();
  readonly #txn = Buffer.alloc(8);

  /** @throws SlidestreamError `store/not-a-store`, `store/wrong-format`, `store/truncated`, `store/damaged`, `io/*` */
  constructor(path: string) {
    const { file, descriptor } = openDataFile(path);
    this.file = file;
    this.#descriptor = descriptor;
    try {
      const { meta, sizeBytes } = readMetas(descriptor, file);
      this.#meta = meta;
      this.sizeBytes = sizeBytes;
    } catch (error) {
      closeSync(descriptor);
      throw ioError(error, file);
    }
  }

  get meta(): LmdbMeta {
    return this.#meta;
  }

  /**
   * Runs `read` on one state of the store. Pages of a state stay as they are until the transaction after the next one begins, so a read is good
   * when the newest transaction is still the same behind it; otherwise it is done again on the new state.
   */
  consistent<T>(read: () => T): T {
    for (let attempt = 0; ; attempt++) {
      let result: { value: T } | { error: unknown };
      try {
        result = { value: read() };
      } catch (error) {
        result = { error };
      }
      if (this.#newestTxn() === this.#meta.txnId) {
        if ('error' in result) throw result.error;
        return result.value;
      }
      if (attempt >= 100)
        throw storeError('busy', 'the store changed a hundred times while one value was read', { file: this.file }, { category: 'io' });
      this.refresh();
    }
  }

  /** Goes to the newest state of the store. */
  refresh(): void {
    this.#meta = readMetas(this.#descriptor, this.file).meta;
    this.#cache.clear();
  }

  /** A branch or leaf page. @throws SlidestreamError `store/damaged`, `store/truncated` */
  page(number: number): LmdbPage {
    const known = this.#cache.get(number);
    if (known !== undefined) return known;
    const { pageSize } = this.#meta;
    this.#checkNumber(number, 1);
    const bytes = this.#read(number * pageSize, pageSize);
    const flags = this.#checkHeader(bytes, number);
    const lower = bytes.readUInt16LE(12);
    if ((flags !== BRANCH && flags !== LEAF) || lower < HEADER || lower > pageSize) throw this.damaged(number, 'is no branch or leaf page');
    const page = { bytes, number, leaf: flags === LEAF, count: (lower - HEADER) >> 1 };
    if (this.#cache.size >= CACHE_PAGES) this.#cache.delete(this.#cache.keys().next().value as number);
    this.#cache.set(number, page);
    return page;
  }

  /** A value that lies on pages of its own. */
  overflow(number: number, length: number): Buffer {
    const { pageSize } = this.#meta;
    this.#checkNumber(number, Math.ceil((HEADER + length) / pageSize));
    const bytes = this.#read(number * pageSize, HEADER + length);
    if (this.#checkHeader(bytes, number) !== OVERFLOW) throw this.damaged(number, 'is no overflow page');
    if (bytes.readUInt32LE(12) * pageSize < HEADER + length) throw this.damaged(number, 'has fewer pages than its value needs');
    return bytes.subarray(HEADER);
  }

  damaged(page: number, what: string): Error {
    return storeError(
      'damaged',
      `page ${page} ${what}`,
      { file: this.file, offset: page * this.#meta.pageSize },
      { hint: 'Copy or write the store again' },
    );
  }

  [Symbol.dispose](): void {
    this.close();
  }

  close(): void {
    if (this.#descriptor < 0) return;
    closeSync(this.#descriptor);
    this.#descriptor = -1;
    this.#cache.clear();
  }

  #checkNumber(number: number, count: number): void {
    if (number < 2 || number + count - 1 > this.#meta.lastPage)
      throw this.damaged(number, `lies outside the store's ${this.#meta.lastPage + 1} pages`);
  }

  #checkHeader(bytes: Buffer, number: number): number {
    if (bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32 !== number) throw this.damaged(number, 'carries another number');
    // LMDB's own bits beside the kind (dirty, loose) never reach the disk.
    return bytes.readUInt16LE(10);
  }

  #read(offset: number, length: number): Buffer {
    if (this.#descriptor < 0) throw storeError('closed', 'the store is closed', { file: this.file }, { category: 'internal' });
    const bytes = Buffer.allocUnsafeSlow(length);
    try {
      for (let done = 0; done < length; ) {
        const count = readSync(this.#descriptor, bytes, done, length - done, offset + done);
        if (count === 0)
          throw storeError('truncated', 'the file became shorter while it was open', { file: this.file, offset: offset + done });
        done += count;
      }
    } catch (error) {
      throw ioError(error, this.file);
    }
    return bytes;
  }

  #newestTxn(): bigint {
    readSync(this.#descriptor, this.#txn, 0, 8, TXN_OFFSET);
    const first = this.#txn.readBigUInt64LE(0);
    readSync(this.#descriptor, this.#txn, 0, 8, this.#meta.pageSize + TXN_OFFSET);
    const second = this.#txn.readBigUInt64LE(0);
    if (second > first) return second;
    return first;
  }
}
