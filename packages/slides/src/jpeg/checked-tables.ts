import type { JpegHeader } from './stream.js';

/**
 * Whether libjpeg can decode a stream without ever calling its error handler, which does not return: one baseline scan
 * of all components, and every table that it names there, complete and well formed. Damage inside the scan itself only
 * makes libjpeg warn.
 */
export function isSafeForLibjpeg(header: JpegHeader): boolean {
  const { baseline, components, scan, width, height } = header;
  const count = components.length;
  if (!baseline || width > 65500 || height > 65500 || scan.length < 8 + 2 * count) return false;
  // Marker, length, number of components, two bytes each, then the spectral selection of a sequential scan.
  if (scan[2] !== 0 || scan[3] !== 6 + 2 * count || scan[4] !== count) return false;
  if (scan[5 + 2 * count] !== 0 || scan[6 + 2 * count] !== 63 || scan[7 + 2 * count] !== 0) return false;
  const tables = tablesOf(header);
  if (tables === undefined || !isCommonSampling(header)) return false;
  return components.every(({ id, table }, i) => {
    const selectors = scan[6 + 2 * i] as number;
    return scan[5 + 2 * i] === id && tables.quantisation.has(table) && tables.dc.has(selectors >> 4) && tables.ac.has(selectors & 15);
  });
}

/** No subsampling, or chroma once for 2 × 1, 1 × 2, 2 × 2 or 4 × 1 pixels; ids that tell the components apart. */
function isCommonSampling({ components }: JpegHeader): boolean {
  const [first, ...others] = components;
  if (first === undefined || new Set(components.map(({ id }) => id)).size < components.length) return false;
  const luma = `${first.horizontal}x${first.vertical}`;
  return (
    ['1x1', '2x1', '1x2', '2x2', '4x1'].includes(luma) && others.every(({ horizontal, vertical }) => horizontal === 1 && vertical === 1)
  );
}

interface Tables {
  readonly quantisation: Set<number>;
  readonly dc: Set<number>;
  readonly ac: Set<number>;
}

/** What was found of tables that many streams share. */
const known = new WeakMap<readonly Uint8Array[], Tables | 'malformed'>();

function tablesOf({ tables, tablesAreShared }: JpegHeader): Tables | undefined {
  if (!tablesAreShared) return readTables(tables);
  const found = known.get(tables) ?? readTables(tables) ?? 'malformed';
  known.set(tables, found);
  return found === 'malformed' ? undefined : found;
}

/** The numbers of the tables that are defined; `undefined` when any is malformed. */
function readTables(segments: readonly Uint8Array[]): Tables | undefined {
  const tables: Tables = { quantisation: new Set(), dc: new Set(), ac: new Set() };
  for (const segment of segments) {
    const body = segment.subarray(4);
    const valid =
      segment[1] === 0xdb ? readQuantisation(body, tables) : segment[1] === 0xc4 ? readHuffman(body, tables) : body.length === 2;
    if (!valid) return undefined;
  }
  return tables;
}

function readQuantisation(body: Uint8Array, tables: Tables): boolean {
  let at = 0;
  while (at < body.length) {
    const head = body[at] as number;
    if (head >> 4 > 1 || (head & 15) > 3) return false;
    tables.quantisation.add(head & 15);
    at += 1 + (head >> 4 === 0 ? 64 : 128);
  }
  return at === body.length;
}

function readHuffman(body: Uint8Array, tables: Tables): boolean {
  let at = 0;
  while (at < body.length) {
    const head = body[at] as number;
    if (head >> 4 > 1 || (head & 15) > 3 || at + 17 > body.length) return false;
    const lengths = body.subarray(at + 1, at + 17);
    const symbols = lengths.reduce((sum, value) => sum + value, 0);
    at += 17 + symbols;
    if (symbols > 256 || at > body.length || !isPrefixCode(lengths)) return false;
    const isDc = head >> 4 === 0;
    // A DC symbol is a number of bits.
    if (isDc && body.subarray(at - symbols, at).some((symbol) => symbol > 15)) return false;
    (isDc ? tables.dc : tables.ac).add(head & 15);
  }
  return at === body.length;
}

/** libjpeg's own rule: the codes of no length may use up all values of that length. */
function isPrefixCode(lengths: Uint8Array): boolean {
  let code = 0;
  let left = lengths.reduce((sum, value) => sum + value, 0);
  for (let bits = 1; bits <= 16 && left > 0; bits++) {
    const count = lengths[bits - 1] as number;
    code += count;
    left -= count;
    if (code >= 1 << bits) return false;
    code <<= 1;
  }
  return true;
}
