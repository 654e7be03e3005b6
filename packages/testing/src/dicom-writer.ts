/** What {@link writeDicom} makes: one file of a whole-slide image. */
export interface WriteDicomOptions {
  /** Total pixel matrix. */
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Each frame as it is stored: compressed, or plain samples. */
  readonly frames: readonly Uint8Array[];
  /** Column and row of each frame's first pixel, 0-based: the image is sparse then. */
  readonly positions?: readonly (readonly [x: number, y: number])[];
  /** Default `explicit`. */
  readonly storage?: 'implicit' | 'explicit' | 'jpeg' | 'jpeg2000' | { readonly transferSyntax: string };
  /** How compressed frames are found: default `basic`. */
  readonly offsetTable?: 'basic' | 'extended' | 'none';
  /** Parts that each compressed frame is cut into: default 1. */
  readonly fragments?: number;
  /** Default `RGB`. */
  readonly photometric?: string;
  /** Default 3. */
  readonly samples?: number;
  readonly planarConfiguration?: 0 | 1;
  readonly mpp?: readonly [x: number, y: number];
  readonly objective?: number;
  /** Third value of the image type: default `VOLUME`. */
  readonly flavour?: string;
  readonly series?: string;
  readonly instance?: string;
  readonly concatenation?: { readonly uid: string; readonly frameOffset: number };
  /** Sequences and items end with delimiters instead of having a length. */
  readonly undefinedLengths?: boolean;
  /** Whether the pixels end with their delimiter: default true. */
  readonly closed?: boolean;
  /** Further attributes, or other values of those written. */
  readonly changes?: readonly DicomAttribute[];
}

/** One attribute: group and element as one number, type, value; text is padded, numbers are little endian, items are a sequence. */
export interface DicomAttribute {
  readonly tag: number;
  readonly vr: string;
  readonly value: string | Uint8Array | readonly (readonly DicomAttribute[])[];
}

const SYNTAXES = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  jpeg: '1.2.840.10008.1.2.4.50',
  jpeg2000: '1.2.840.10008.1.2.4.91',
} as const;
const LONG_TYPES = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const WHOLE_SLIDE_IMAGE = '1.2.840.10008.5.1.4.1.1.77.1.6';
const UNDEFINED = 0xffffffff;

/** Writes a file of a DICOM whole-slide image. */
export function writeDicom(options: WriteDicomOptions): Uint8Array {
  const { storage = 'explicit', series = '1.2.3', instance = '1.2.3.4' } = options;
  const syntax = typeof storage === 'string' ? SYNTAXES[storage] : storage.transferSyntax;
  const style: Style = { explicit: storage !== 'implicit', undefinedLengths: options.undefinedLengths ?? false };
  const meta = encode(
    [
      { tag: 0x00020001, vr: 'OB', value: Uint8Array.of(0, 1) },
      { tag: 0x00020002, vr: 'UI', value: WHOLE_SLIDE_IMAGE },
      { tag: 0x00020003, vr: 'UI', value: instance },
      { tag: 0x00020010, vr: 'UI', value: syntax },
    ],
    { explicit: true, undefinedLengths: false },
  );
  const attributes = new Map(attributesOf(options, series, instance).map((attribute) => [attribute.tag, attribute]));
  for (const change of options.changes ?? []) attributes.set(change.tag, change);
  const encapsulated = storage !== 'implicit' && storage !== 'explicit';
  const pixels = encapsulated ? encapsulate(options) : { data: join(options.frames), extended: [] };
  for (const attribute of pixels.extended) attributes.set(attribute.tag, attribute);
  const header = encode(
    [...attributes.values()].sort((a, b) => a.tag - b.tag),
    style,
  );
  const head = pixelHeader(style.explicit, encapsulated ? UNDEFINED : pixels.data.length);
  return join([new Uint8Array(128), ascii('DICM'), groupLength(meta.length), meta, header, head, pixels.data]);
}

interface Style {
  readonly explicit: boolean;
  readonly undefinedLengths: boolean;
}

function attributesOf(options: WriteDicomOptions, series: string, instance: string): DicomAttribute[] {
  const { width, height, tileWidth, tileHeight, frames, positions, mpp, objective, concatenation } = options;
  const measures = mpp === undefined ? [] : [[{ tag: 0x00280030, vr: 'DS', value: `${mpp[1] / 1000}\\${mpp[0] / 1000}` }]];
  return [
    text(0x00080008, 'CS', `DERIVED\\PRIMARY\\${options.flavour ?? 'VOLUME'}\\NONE`),
    text(0x00080016, 'UI', WHOLE_SLIDE_IMAGE),
    text(0x00080018, 'UI', instance),
    text(0x00080060, 'CS', 'SM'),
    text(0x0020000d, 'UI', '1.2.1'),
    text(0x0020000e, 'UI', series),
    text(0x00200013, 'IS', '1'),
    ...(concatenation === undefined
      ? []
      : [text(0x00209161, 'UI', concatenation.uid), numbers(0x00209228, 'UL', 4, concatenation.frameOffset)]),
    text(0x00209311, 'CS', positions === undefined ? 'TILED_FULL' : 'TILED_SPARSE'),
    numbers(0x00280002, 'US', 2, options.samples ?? 3),
    text(0x00280004, 'CS', options.photometric ?? 'RGB'),
    numbers(0x00280006, 'US', 2, options.planarConfiguration ?? 0),
    text(0x00280008, 'IS', String(frames.length)),
    numbers(0x00280010, 'US', 2, tileHeight),
    numbers(0x00280011, 'US', 2, tileWidth),
    numbers(0x00280100, 'US', 2, 8),
    numbers(0x00280101, 'US', 2, 8),
    numbers(0x00280102, 'US', 2, 7),
    numbers(0x00280103, 'US', 2, 0),
    numbers(0x00480006, 'UL', 4, width),
    numbers(0x00480007, 'UL', 4, height),
    ...(objective === undefined
      ? []
      : [{ tag: 0x00480105, vr: 'SQ', value: [[text(0x00480112, 'DS', String(objective))]] } satisfies DicomAttribute]),
    { tag: 0x52009229, vr: 'SQ', value: [[{ tag: 0x00289110, vr: 'SQ', value: measures }]] },
    ...(positions === undefined
      ? []
      : [
          {
            tag: 0x52009230,
            vr: 'SQ',
            value: positions.map(([x, y]) => [
              { tag: 0x0048021a, vr: 'SQ', value: [[numbers(0x0048021e, 'SL', 4, x + 1), numbers(0x0048021f, 'SL', 4, y + 1)]] },
            ]),
          } satisfies DicomAttribute,
        ]),
  ];
}

/** Frames in items, after a table of where they begin. */
function encapsulate(options: WriteDicomOptions): { data: Uint8Array; extended: DicomAttribute[] } {
  const { frames, offsetTable = 'basic', fragments = 1, closed = true } = options;
  const items: Uint8Array[] = [];
  const offsets: number[] = [];
  let position = 0;
  for (const frame of frames) {
    offsets.push(position);
    const size = 2 * Math.ceil(frame.length / fragments / 2);
    for (let at = 0; at < frame.length; at += size) {
      const part = even(frame.subarray(at, at + size));
      items.push(itemHeader(0xe000, part.length), part);
      position += 8 + part.length;
    }
  }
  const table = offsetTable === 'basic' ? integers(offsets, 4) : new Uint8Array(0);
  const end = closed ? [itemHeader(0xe0dd, 0)] : [];
  const extended: DicomAttribute[] =
    offsetTable === 'extended'
      ? [
          { tag: 0x7fe00001, vr: 'OV', value: integers(offsets, 8) },
          {
            tag: 0x7fe00002,
            vr: 'OV',
            value: integers(
              frames.map((frame) => frame.length),
              8,
            ),
          },
        ]
      : [];
  return { data: join([itemHeader(0xe000, table.length), table, ...items, ...end]), extended };
}

function encode(attributes: readonly DicomAttribute[], style: Style): Uint8Array {
  return join(attributes.flatMap((attribute) => encodeAttribute(attribute, style)));
}

function encodeAttribute({ tag, vr, value }: DicomAttribute, style: Style): Uint8Array[] {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    const bytes = typeof value === 'string' ? even(ascii(value), vr === 'UI' ? 0 : 32) : even(value);
    return [elementHeader(tag, vr, bytes.length, style.explicit), bytes];
  }
  const items = value.flatMap((item) => {
    const bytes = encode(item, style);
    return style.undefinedLengths
      ? [itemHeader(0xe000, UNDEFINED), bytes, itemHeader(0xe00d, 0)]
      : [itemHeader(0xe000, bytes.length), bytes];
  });
  const bytes = join(items);
  return style.undefinedLengths
    ? [elementHeader(tag, vr, UNDEFINED, style.explicit), bytes, itemHeader(0xe0dd, 0)]
    : [elementHeader(tag, vr, bytes.length, style.explicit), bytes];
}

function elementHeader(tag: number, vr: string, length: number, explicit: boolean): Uint8Array {
  const number = integers([Math.floor(tag / 65536), tag % 65536], 2);
  if (!explicit) return join([number, integers([length], 4)]);
  return LONG_TYPES.has(vr)
    ? join([number, ascii(vr), new Uint8Array(2), integers([length], 4)])
    : join([number, ascii(vr), integers([length], 2)]);
}

function pixelHeader(explicit: boolean, length: number): Uint8Array {
  return elementHeader(0x7fe00010, length === UNDEFINED ? 'OB' : 'OW', length, explicit);
}

function groupLength(length: number): Uint8Array {
  return join([elementHeader(0x00020000, 'UL', 4, true), integers([length], 4)]);
}

function itemHeader(element: number, length: number): Uint8Array {
  return join([integers([0xfffe, element], 2), integers([length], 4)]);
}

function text(tag: number, vr: string, value: string): DicomAttribute {
  return { tag, vr, value };
}

function numbers(tag: number, vr: string, size: 2 | 4, ...values: number[]): DicomAttribute {
  return { tag, vr, value: integers(values, size) };
}

function integers(values: readonly number[], size: 2 | 4 | 8): Uint8Array {
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    if (size === 2) view.setUint16(i * 2, value, true);
    else if (size === 4) view.setUint32(i * 4, value, true);
    else view.setBigUint64(i * 8, BigInt(value), true);
  });
  return bytes;
}

function ascii(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function even(bytes: Uint8Array, padding = 0): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : join([bytes, Uint8Array.of(padding)]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
