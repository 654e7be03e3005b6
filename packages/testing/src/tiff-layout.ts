/** Type numbers of TIFF fields that the writer uses. */
export type TiffFieldType = 'ascii' | 'short' | 'long' | 'rational' | 'undefined' | 'ifd';

/** One field of a directory; `values` of a rational are numerator, denominator pairs. */
export interface TiffField {
  readonly tag: number;
  readonly type: TiffFieldType;
  readonly values: readonly number[] | Uint8Array | string;
}

/** One image: its fields without offsets and byte counts, and its compressed tiles or strips in order. */
export interface TiffDirectory {
  readonly fields: readonly TiffField[];
  /** `null` = a tile that the file does not hold: offset and byte count 0. */
  readonly chunks: readonly (Uint8Array | null)[];
  /** Whether the chunks are tiles (tags 324, 325) or strips (273, 279). */
  readonly tiled: boolean;
  /** Directories listed in this one's SubIFDs tag. */
  readonly children?: readonly TiffDirectory[];
}

/** How a TIFF is laid out. */
export interface TiffLayout {
  readonly bigTiff?: boolean;
  readonly endian?: 'little' | 'big';
  /** Bytes that are to lie between the header and the rest and are not given out: whoever writes the file leaves them out. */
  readonly gapBytes?: number;
}

const TYPE_CODES = { ascii: 2, short: 3, long: 4, rational: 5, undefined: 7, ifd: 13, long8: 16, ifd8: 18 } as const;
const TYPE_BYTES: Readonly<Record<number, number>> = { 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 13: 4, 16: 8, 18: 8 };

interface Entry {
  readonly tag: number;
  readonly code: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Lays directories and their chunks out as the bytes of a TIFF or BigTIFF file. */
export function layOutTiff(directories: readonly TiffDirectory[], layout: TiffLayout = {}): Uint8Array {
  const big = layout.bigTiff ?? false;
  const little = (layout.endian ?? 'little') === 'little';
  const parts: Uint8Array[] = [];
  let position = 0;
  const append = (bytes: Uint8Array): number => {
    if (position % 2 === 1) {
      parts.push(new Uint8Array(1));
      position++;
    }
    const at = position;
    parts.push(bytes);
    position += bytes.length;
    return at;
  };
  const integers = (values: readonly number[], size: number): Uint8Array => {
    const bytes = new Uint8Array(values.length * size);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => {
      if (size === 2) view.setUint16(i * 2, value, little);
      else if (size === 4) view.setUint32(i * 4, value, little);
      else view.setBigUint64(i * 8, BigInt(value), little);
    });
    return bytes;
  };
  const offsets = (tag: number, values: readonly number[], ifd = false): Entry => ({
    tag,
    code: ifd ? (big ? TYPE_CODES.ifd8 : TYPE_CODES.ifd) : big ? TYPE_CODES.long8 : TYPE_CODES.long,
    count: values.length,
    bytes: integers(values, big ? 8 : 4),
  });

  const header = append(new Uint8Array(big ? 16 : 8));
  const gap = layout.gapBytes ?? 0;
  position += gap;
  /** Writes a directory and returns where it starts and where the link to the next one must be put. */
  const directory = (source: TiffDirectory): { at: number; link: { part: Uint8Array; offset: number } } => {
    const places = source.chunks.map((chunk) => (chunk === null ? 0 : append(chunk)));
    const counts = source.chunks.map((chunk) => chunk?.length ?? 0);
    const entries = source.fields.map((field) => toEntry(field, integers));
    entries.push(offsets(source.tiled ? 324 : 273, places), offsets(source.tiled ? 325 : 279, counts));
    if (source.children !== undefined && source.children.length > 0) {
      entries.push(
        offsets(
          330,
          source.children.map((child) => directory(child).at),
          true,
        ),
      );
    }
    entries.sort((a, b) => a.tag - b.tag);
    const inline = big ? 8 : 4;
    const size = big ? 20 : 12;
    const values = entries.map((entry) => (entry.bytes.length > inline ? append(entry.bytes) : -1));
    const ifd = new Uint8Array((big ? 8 : 2) + entries.length * size + (big ? 8 : 4));
    ifd.set(integers([entries.length], big ? 8 : 2), 0);
    entries.forEach((entry, i) => {
      const at = (big ? 8 : 2) + i * size;
      ifd.set(integers([entry.tag, entry.code], 2), at);
      ifd.set(integers([entry.count], big ? 8 : 4), at + 4);
      const place = values[i] as number;
      ifd.set(place < 0 ? entry.bytes : integers([place], inline), at + (big ? 12 : 8));
    });
    return { at: append(ifd), link: { part: ifd, offset: ifd.length - inline } };
  };

  const written = directories.map(directory);
  written.forEach((one, i) => {
    const following = written[i + 1];
    if (following !== undefined) one.link.part.set(integers([following.at], big ? 8 : 4), one.link.offset);
  });
  const first = written[0]?.at ?? 0;
  const head = parts[header] as Uint8Array;
  head.set(little ? [0x49, 0x49] : [0x4d, 0x4d], 0);
  if (big) {
    head.set(integers([43, 8, 0], 2), 2);
    head.set(integers([first], 8), 8);
  } else {
    head.set(integers([42], 2), 2);
    head.set(integers([first], 4), 4);
  }
  return concatenate(parts, position - gap);
}

function toEntry(field: TiffField, integers: (values: readonly number[], size: number) => Uint8Array): Entry {
  const code = TYPE_CODES[field.type];
  const width = TYPE_BYTES[code] as number;
  if (typeof field.values === 'string') {
    const bytes = new TextEncoder().encode(`${field.values}\0`);
    return { tag: field.tag, code, count: bytes.length, bytes };
  }
  if (field.values instanceof Uint8Array) return { tag: field.tag, code, count: field.values.length, bytes: field.values };
  const rational = field.type === 'rational';
  const bytes = integers(field.values, rational ? 4 : width);
  return { tag: field.tag, code, count: rational ? field.values.length / 2 : field.values.length, bytes };
}

function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
