import { slideError } from '../errors.js';

/** How the three components of a JPEG are to be read. */
export type JpegColour = 'rgb' | 'ycbcr' | 'grey';

/** One component of the frame. */
interface JpegComponent {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
  readonly table: number;
}

/** What the headers of a JPEG stream say, its tables included. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
  /** One sequential Huffman scan of 8-bit samples with all components: what every decoder path takes. */
  readonly baseline: boolean;
  readonly colour: JpegColour;
  /** Whether the stream itself says its colour, by a JFIF or Adobe marker or by halved chroma; else `colour` is a guess. */
  readonly saysColour: boolean;
  /** Table segments (DQT, DHT, DRI) in order, as they stand in the stream, markers included. */
  readonly tables: readonly Uint8Array[];
  /** Whether `tables` is the very list that the caller shares between streams: the stream has none of its own. */
  readonly tablesAreShared: boolean;
  /** The start-of-frame segment, marker included. */
  readonly frame: Uint8Array;
  /** From the first start-of-scan marker to the end. */
  readonly scan: Uint8Array;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const DHT = 0xc4;
const DRI = 0xdd;
const DAC = 0xcc;
const APP0 = 0xe0;
const APP14 = 0xee;

interface Segment {
  readonly marker: number;
  /** Marker and length included. */
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

/** The segments up to the first scan or the end of the image; `rest` is where that begins. */
function readSegments(bytes: Uint8Array): { segments: Segment[]; rest: number; scan: boolean } {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== SOI) throw damaged('it does not start as a JPEG');
  const segments: Segment[] = [];
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) throw damaged('a marker is missing');
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === EOI) return { segments, rest: at, scan: false };
    if (marker === SOI || (marker >= 0xd0 && marker <= 0xd7) || marker === 0 || marker === 1) {
      at += 2;
      continue;
    }
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (length < 2 || at + 2 + length > bytes.length) throw damaged('a segment is longer than the stream');
    if (marker === SOS) return { segments, rest: at, scan: true };
    segments.push({ marker, whole: bytes.subarray(at, at + 2 + length), body: bytes.subarray(at + 4, at + 2 + length) });
    at += 2 + length;
  }
  return { segments, rest: bytes.length, scan: false };
}

/** The table segments of a tables-only stream: TIFF's JPEGTables. @throws SlidestreamError `slide/corrupt-tile` */
export function readJpegTables(bytes: Uint8Array): readonly Uint8Array[] {
  return readSegments(bytes)
    .segments.filter(isTable)
    .map((segment) => segment.whole);
}

function isTable(segment: Segment): boolean {
  return segment.marker === DQT || segment.marker === DHT || segment.marker === DRI;
}

/**
 * Reads the headers of a JPEG stream; `shared` are tables that it may lean on. Nothing is decoded, so sizes can be
 * refused before memory is spent.
 *
 * @throws SlidestreamError `slide/corrupt-tile`, `slide/unsupported-compression`
 */
export function readJpegHeader(bytes: Uint8Array, shared: readonly Uint8Array[] = []): JpegHeader {
  const { segments, rest, scan } = readSegments(bytes);
  if (!scan) throw damaged('it holds no scan');
  const frames = segments.filter(({ marker }) => marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== DAC && marker !== 0xc8);
  const frame = frames[0];
  if (frame === undefined || frames.length > 1) throw damaged(`it holds ${frames.length} frames`);
  if (segments.some(({ marker }) => marker === DAC) || frame.marker > 0xc2) {
    throw slideError(
      'slide/unsupported-compression',
      `JPEG process ${frame.marker - 0xc0} cannot be decoded, only baseline, extended and progressive Huffman`,
    );
  }
  const { body } = frame;
  const count = body[5] ?? 0;
  if (body.length < 6 || body.length !== 6 + count * 3) throw damaged('its frame header has a wrong length');
  const components: JpegComponent[] = [];
  for (let i = 0; i < count; i++) {
    const sampling = body[7 + i * 3] as number;
    components.push({
      id: body[6 + i * 3] as number,
      horizontal: sampling >> 4,
      vertical: sampling & 15,
      table: body[8 + i * 3] as number,
    });
  }
  if (body[0] !== 8) throw slideError('slide/unsupported-compression', `JPEG of ${body[0]} bits per sample cannot be decoded, only 8`);
  if (count !== 1 && count !== 3)
    throw slideError('slide/unsupported-compression', `JPEG of ${count} components cannot be decoded, only 1 and 3`);
  const height = ((body[1] as number) << 8) | (body[2] as number);
  const width = ((body[3] as number) << 8) | (body[4] as number);
  const own = segments.filter(isTable).map((segment) => segment.whole);
  if (width === 0 || height === 0) throw damaged(`its frame has ${width} × ${height} pixels`);
  return {
    width,
    height,
    components,
    baseline: frame.marker <= 0xc1 && bytes[rest + 4] === count,
    ...colourOf(segments, components),
    tables: own.length === 0 ? shared : [...shared, ...own],
    tablesAreShared: own.length === 0,
    frame: frame.whole,
    scan: bytes.subarray(rest),
  };
}

/** The colour by the rules of libjpeg; halved chroma counts as a statement, as nobody halves green and blue. */
function colourOf(segments: readonly Segment[], components: readonly JpegComponent[]): Pick<JpegHeader, 'colour' | 'saysColour'> {
  if (components.length === 1) return { colour: 'grey', saysColour: true };
  if (segments.some(({ marker, body }) => marker === APP0 && startsWith(body, 'JFIF\0'))) return { colour: 'ycbcr', saysColour: true };
  const adobe = segments.find(({ marker, body }) => marker === APP14 && startsWith(body, 'Adobe') && body.length >= 12);
  if (adobe !== undefined) return { colour: adobe.body[11] === 0 ? 'rgb' : 'ycbcr', saysColour: true };
  const named = String.fromCharCode(...components.map(({ id }) => id)) === 'RGB';
  const halved = components.some(
    ({ horizontal, vertical }) => horizontal !== components[0]?.horizontal || vertical !== components[0]?.vertical,
  );
  return { colour: named ? 'rgb' : 'ycbcr', saysColour: named || halved };
}

/**
 * The colour of a tile in a TIFF file. The photometric tag decides: YCbCr, or RGB, which Aperio stores without a marker.
 * Bio-Formats tags RGB and stores YCbCr: where tag says RGB and the stream says otherwise, the stream is right.
 */
export function colourInTiff(header: JpegHeader, tagged: 'rgb' | 'ycbcr' | 'grey'): JpegColour {
  if (header.components.length !== (tagged === 'grey' ? 1 : 3)) throw damaged(`it has ${header.components.length} components`);
  return tagged === 'rgb' && header.saysColour ? header.colour : tagged;
}

function startsWith(body: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (body[i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Start of a stream; of three components a marker says the colour: "Adobe", version 100, no flags, transform. */
const startOf = (...marker: number[]): Uint8Array => Uint8Array.of(0xff, SOI, ...marker);
const adobe = (transform: number): Uint8Array => startOf(0xff, APP14, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform);
const STARTS = { grey: startOf(), rgb: adobe(0), ycbcr: adobe(1) } as const;
const END = Uint8Array.of(0xff, EOI);
const NOTHING = new Uint8Array(0);

/**
 * Writes a stream that any decoder reads, with its tables and with a marker that says its colour: an APP14 whose
 * transform is 0 for RGB and 1 for YCbCr. Other application segments and comments are left out.
 *
 * @param memory called with the length; where the stream goes, new memory by default
 */
export function completeJpeg(
  header: JpegHeader,
  colour: JpegColour = header.colour,
  memory: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
): Uint8Array {
  const start = STARTS[header.components.length === 3 ? (colour === 'rgb' ? 'rgb' : 'ycbcr') : 'grey'];
  const parts = [start, ...header.tables, header.frame, header.scan, endsComplete(header.scan) ? NOTHING : END];
  const out = memory(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Some writers leave the end marker out; decoders would take that for a broken stream. */
function endsComplete(scan: Uint8Array): boolean {
  return scan.length >= 2 && scan[scan.length - 2] === 0xff && scan[scan.length - 1] === EOI;
}

function damaged(why: string): Error {
  return slideError('slide/corrupt-tile', `the JPEG stream is damaged: ${why}`);
}
