import type { LmdbMeta } from './lmdb-meta.js';
import { LmdbPages } from './lmdb-pages.js';
import { entries } from './lmdb-tree.js';
import { storeError } from './store-error.js';

/** What is certain of an LMDB file before LMDB itself touches it. */
export interface PreflightReport {
  /** The data file: the path itself, or `data.mdb` in it. */
  readonly dataFile: string;
  readonly sizeBytes: number;
  /** The newer of the two meta pages. */
  readonly meta: LmdbMeta;
}

/**
 * Opens the pages of a store after a look at its kind, format and length.
 *
 * @throws SlidestreamError `store/not-a-store`, `store/wrong-format`, `store/truncated`, `store/damaged`, `io/*`
 */
export function openPages(path: string): LmdbPages {
  const pages = new LmdbPages(path);
  try {
    checkLength(pages);
    return pages;
  } catch (error) {
    pages.close();
    throw error;
  }
}

/**
 * Looks at an LMDB file with plain reads: kind of file, magic number, format, page size, and whether it is as long as it says. LMDB itself ends the
 * process on a file that is cut off.
 *
 * @throws SlidestreamError as the first lines of `openTileStore`
 */
export function preflight(path: string): PreflightReport {
  using pages = openPages(path);
  return { dataFile: pages.file, sizeBytes: pages.sizeBytes, meta: pages.meta };
}

/** Pages behind the end of the file may only be free ones, which LMDB need not have written. */
function checkLength(pages: LmdbPages): void {
  const { pageSize, lastPage } = pages.meta;
  const { sizeBytes, file } = pages;
  const present = Math.floor(sizeBytes / pageSize);
  if (present > lastPage) return;
  const needed = (lastPage + 1) * pageSize;
  const truncated = (): Error =>
    storeError(
      'truncated',
      `the store needs ${needed} bytes, the file has ${sizeBytes}`,
      { file },
      { hint: 'It is cut off; copy it again' },
    );
  let free = 0;
  try {
    for (const entry of entries(pages, pages.meta.freeRoot)) {
      const list = entry.value();
      const count = Math.min(Number(list.readBigUInt64LE(0)), Math.floor(list.length / 8) - 1);
      for (let i = 1; i <= count; i++) if (list.readBigUInt64LE(8 * i) >= BigInt(present)) free++;
    }
  } catch {
    throw truncated();
  }
  if (free < lastPage + 1 - present) throw truncated();
}
