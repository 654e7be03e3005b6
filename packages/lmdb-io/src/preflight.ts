import { fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '@slidestream/core/node';
import { LMDB_MAGIC, type LmdbMeta, META_BYTES, metaFormat, readMeta } from './lmdb-meta.js';
import { storeError } from './store-error.js';

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw ioError(error, path);
  }
}

/** The data file of a store that is one file or a folder. @throws SlidestreamError `io/*`, `store/not-a-file` */
function dataFileOf(path: string): string {
  const stats = statOf(path);
  if (!stats.isDirectory()) return path;
  const inside = join(path, 'data.mdb');
  try {
    statSync(inside);
  } catch (cause) {
    throw storeError(
      'not-a-store',
      'the folder holds no data.mdb',
      { file: path },
      { cause, hint: 'Give the path of an LMDB file, or of a folder that holds data.mdb' },
    );
  }
  return inside;
}

/** The data file of a store, open for reading; folders, pipes and devices are refused. */
export function openDataFile(path: string): { readonly file: string; readonly descriptor: number } {
  const file = dataFileOf(path);
  if (!statOf(file).isFile()) throw storeError('not-a-store', 'is no regular file', { file });
  try {
    return { file, descriptor: openSync(file, 'r') };
  } catch (error) {
    throw ioError(error, file);
  }
}

/** Both meta pages of an open file, the newer one returned. */
export function readMetas(descriptor: number, file: string): { sizeBytes: number; meta: LmdbMeta } {
  const sizeBytes = fstatSync(descriptor).size;
  if (sizeBytes === 0) throw storeError('truncated', 'the file is empty', { file });
  const first = readHead(descriptor, 0);
  const format = metaFormat(first);
  if (format === undefined) {
    throw storeError(
      'not-a-store',
      'the file is no LMDB file',
      { file, offset: 16 },
      { hint: `LMDB files hold 0x${LMDB_MAGIC.toString(16)} there` },
    );
  }
  if (format !== 1 || first.getUint32(16, true) !== LMDB_MAGIC) throw wrongFormat(format, file);
  const a = readMeta(first);
  if (a === undefined) throw storeError('damaged', 'the first meta page cannot be', { file, offset: 0 });
  const second = sizeBytes >= a.pageSize + META_BYTES ? readHead(descriptor, a.pageSize) : undefined;
  if (second === undefined)
    throw storeError('truncated', `the file has ${sizeBytes} bytes, two pages of ${a.pageSize} are the least`, { file });
  const b = metaFormat(second) === 1 ? readMeta(second) : undefined;
  if (b === undefined || b.pageSize !== a.pageSize)
    throw storeError('damaged', 'the second meta page cannot be', { file, offset: a.pageSize });
  const meta = b.txnId > a.txnId ? b : a;
  return { sizeBytes, meta };
}

function readHead(descriptor: number, offset: number): DataView {
  const bytes = new Uint8Array(META_BYTES);
  readSync(descriptor, bytes, 0, META_BYTES, offset);
  return new DataView(bytes.buffer);
}

function wrongFormat(format: number, file: string): Error {
  const name =
    format === 2
      ? "data format 2, of the lmdb npm package's prebuilt binary"
      : `data format ${format}, of LMDB 1.0 or a development version`;
  return storeError(
    'wrong-format',
    `the file is of LMDB's ${name}; format 1 is read here`,
    { file },
    {
      hint: 'Copy its content with the program that wrote it, by a build for data format 1 (LMDB 0.9, python-lmdb)',
    },
  );
}
