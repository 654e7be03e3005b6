/** LMDB's magic number, little-endian. */
export const LMDB_MAGIC = 0xbeefc0de;

/** One of the two meta pages of an LMDB file of data format 1. */
export interface LmdbMeta {
  readonly pageSize: number;
  readonly mapSize: number;
  readonly lastPage: number;
  readonly txnId: bigint;
  /** Of the unnamed database. */
  readonly flags: number;
  readonly depth: number;
  readonly entries: number;
  readonly leafPages: number;
  readonly branchPages: number;
  readonly overflowPages: number;
  /** `undefined` while it is empty. */
  readonly root: number | undefined;
  /** Root of the list of free pages, `undefined` while it is empty. */
  readonly freeRoot: number | undefined;
  readonly freeDepth: number;
}

/** Bytes at the start of a page that {@link readMeta} looks at. */
export const META_BYTES = 152;
/** Where a meta page keeps its transaction number. */
export const TXN_OFFSET = 144;
const INVALID = 0xffffffffffffffffn;

/** Which format a meta page is of: 1 is the one that every released LMDB reads. */
export function metaFormat(page: DataView): number | undefined {
  if (page.getUint32(16, true) === LMDB_MAGIC) return page.getUint32(20, true);
  // Later formats have a longer page header.
  return page.getUint32(24, true) === LMDB_MAGIC ? page.getUint32(28, true) : undefined;
}

/** The fields of a meta page of format 1; `undefined` when they cannot be. */
export function readMeta(page: DataView): LmdbMeta | undefined {
  const integer = (offset: number): number | undefined => {
    const value = page.getBigUint64(offset, true);
    return value === INVALID || value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
  };
  const pageSize = page.getUint32(40, true);
  const lastPage = integer(136);
  const mapSize = integer(32);
  const [branchPages, leafPages, overflowPages, entries] = [integer(96), integer(104), integer(112), integer(120)];
  if (lastPage === undefined || mapSize === undefined || entries === undefined) return undefined;
  if (branchPages === undefined || leafPages === undefined || overflowPages === undefined) return undefined;
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  return {
    pageSize,
    mapSize,
    lastPage,
    txnId: page.getBigUint64(TXN_OFFSET, true),
    flags: page.getUint16(92, true),
    depth: page.getUint16(94, true),
    entries,
    branchPages,
    leafPages,
    overflowPages,
    root: integer(128),
    freeRoot: integer(80),
    freeDepth: page.getUint16(46, true),
  };
}
