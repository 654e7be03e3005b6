import { HEADER, type LmdbPage, type LmdbPages } from './lmdb-pages.js';

const BIG_DATA = 0x01;
const MAX_DEPTH = 32;

interface LeafNode {
  readonly key: Buffer;
  readonly length: number;
  /** Page of the value where it is large. */
  readonly overflow: number | undefined;
  /** Where in the page the value begins. */
  readonly start: number;
}

function nodeStart(pages: LmdbPages, page: LmdbPage, index: number): number {
  const start = page.bytes.readUInt16LE(HEADER + 2 * index);
  if (start < HEADER + 2 * page.count || start + 8 > page.bytes.length) throw pages.damaged(page.number, 'has a node outside itself');
  return start;
}

function keyOf(pages: LmdbPages, page: LmdbPage, start: number): Buffer {
  const length = page.bytes.readUInt16LE(start + 6);
  if (start + 8 + length > page.bytes.length) throw pages.damaged(page.number, 'has a key outside itself');
  return page.bytes.subarray(start + 8, start + 8 + length);
}

function leafNode(pages: LmdbPages, page: LmdbPage, index: number): LeafNode {
  const { bytes, number } = page;
  const start = nodeStart(pages, page, index);
  const key = keyOf(pages, page, start);
  const length = bytes.readUInt16LE(start) + bytes.readUInt16LE(start + 2) * 65_536;
  const flags = bytes.readUInt16LE(start + 4);
  const value = start + 8 + key.length;
  if ((flags & ~BIG_DATA) !== 0) throw pages.damaged(number, 'holds a kind of record that tile stores do not have');
  const inPage = flags === BIG_DATA ? 8 : length;
  if (value + inPage > bytes.length) throw pages.damaged(number, 'has a value outside itself');
  const overflow = flags === BIG_DATA ? bytes.readUInt32LE(value) + bytes.readUInt32LE(value + 4) * 2 ** 32 : undefined;
  return { key, length, overflow, start: value };
}

function childOf(pages: LmdbPages, page: LmdbPage, index: number): number {
  const start = nodeStart(pages, page, index);
  return page.bytes.readUInt16LE(start) + page.bytes.readUInt16LE(start + 2) * 65_536 + page.bytes.readUInt16LE(start + 4) * 2 ** 32;
}

function nodeValue(pages: LmdbPages, page: LmdbPage, node: LeafNode): Buffer {
  if (node.overflow !== undefined) return pages.overflow(node.overflow, node.length);
  return Buffer.from(page.bytes.subarray(node.start, node.start + node.length));
}

/** First index in `[from, page.count)` whose key is not below `key`. */
function lowerBound(pages: LmdbPages, page: LmdbPage, key: Uint8Array, from: number): number {
  let [low, high] = [from, page.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(keyOf(pages, page, nodeStart(pages, page, middle)), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The value under exactly `key`, the caller's own copy; `undefined` when there is none. @throws SlidestreamError `store/damaged` */
export function getValue(pages: LmdbPages, key: Uint8Array): Buffer | undefined {
  return pages.consistent(() => {
    let number = pages.meta.root;
    if (number === undefined) return undefined;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const page = pages.page(number);
      if (page.leaf) {
        const index = lowerBound(pages, page, key, 0);
        if (index >= page.count) return undefined;
        const node = leafNode(pages, page, index);
        return Buffer.compare(node.key, key) === 0 ? nodeValue(pages, page, node) : undefined;
      }
      if (page.count === 0) throw pages.damaged(page.number, 'is a branch without children');
      // The first key of a branch page stands for everything below the second.
      const index = lowerBound(pages, page, key, 1);
      const exact = index < page.count && Buffer.compare(keyOf(pages, page, nodeStart(pages, page, index)), key) === 0;
      number = childOf(pages, page, exact ? index : index - 1);
    }
    throw pages.damaged(number, 'lies too deep in the tree');
  });
}

/** One record of a walk; `value` reads it. */
export interface LmdbEntry {
  readonly key: Buffer;
  readonly length: number;
  value(): Buffer;
}

/** All records of the state that the store is in now, in key order; the store must not be written meanwhile. @throws SlidestreamError `store/damaged` */
export function* entries(pages: LmdbPages, root: number | undefined = pages.meta.root): Generator<LmdbEntry> {
  if (root === undefined) return;
  const stack: { page: LmdbPage; next: number }[] = [{ page: pages.page(root), next: 0 }];
  let walked = 0;
  for (let top = stack[0]; top !== undefined; top = stack[stack.length - 1]) {
    const { page } = top;
    if (top.next >= page.count) {
      stack.pop();
      continue;
    }
    const index = top.next++;
    if (page.leaf) {
      const node = leafNode(pages, page, index);
      yield { key: Buffer.from(node.key), length: node.length, value: () => nodeValue(pages, page, node) };
      continue;
    }
    if (++walked > pages.meta.lastPage || stack.length >= MAX_DEPTH) throw pages.damaged(page.number, 'is a part of a circle');
    stack.push({ page: pages.page(childOf(pages, page, index)), next: 0 });
  }
}
