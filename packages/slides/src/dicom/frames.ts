import type { ByteSource } from '../byte-source.js';
import { slideError } from '../errors.js';
import type { DicomInstance } from './instance.js';

const ITEM = 0xfffee000;
const SEQUENCE_END = 0xfffee0dd;

/** Where the frames of an instance lie in its file. */
export interface FramePlaces {
  /** Place of each frame's first byte, [frames]: of its pixels, or of the header of its first item. */
  readonly starts: Float64Array;
  /** Where each frame ends. */
  readonly ends: Float64Array;
  /** Whether items with headers of 8 bytes lie between. */
  readonly inItems: boolean;
}

/**
 * Finds the frames: by the extended offset table, the basic one, or, where a file has neither, item by item.
 *
 * @throws SlidestreamError `slide/corrupt`, `slide/truncated`
 */
export async function findFrames(instance: DicomInstance): Promise<FramePlaces> {
  const { source, pixels, frames } = instance;
  if (pixels.length !== undefined) {
    if (instance.codec !== 'none') throw corrupt(source, pixels.start, 'compressed pixels that are not in items');
    const bytes = instance.tileWidth * instance.tileHeight * instance.samples;
    if (bytes * frames > pixels.length) throw corrupt(source, pixels.start, `${pixels.length} bytes of pixels for ${frames} frames`);
    const starts = Float64Array.from({ length: frames }, (_, i) => pixels.start + i * bytes);
    return { starts, ends: starts.map((start) => start + bytes), inItems: false };
  }
  const table = await readItem(source, pixels.start);
  if (table === null) throw corrupt(source, pixels.start, 'the pixels have no offset table');
  const first = pixels.start + 8 + table.length;
  const { extendedOffsets, extendedLengths } = instance;
  if (
    extendedOffsets !== undefined &&
    extendedLengths !== undefined &&
    extendedOffsets.length >= frames &&
    extendedLengths.length >= frames
  ) {
    const starts = extendedOffsets.subarray(0, frames).map((offset) => first + offset);
    return checked(source, { starts, ends: starts.map((start, i) => start + 8 + evenOf(extendedLengths[i] as number)), inItems: true });
  }
  if (table.length >= frames * 4) {
    const view = viewOf(await source.read(pixels.start + 8, frames * 4));
    const starts = Float64Array.from({ length: frames }, (_, i) => first + view.getUint32(i * 4, true));
    // A basic table cannot reach further than 4 GiB: what wraps around is walked instead.
    if (starts.every((start, i) => i === 0 || start > (starts[i - 1] as number))) {
      const end = await endOfItems(source, starts[frames - 1] as number);
      return checked(source, { starts, ends: starts.map((_, i) => starts[i + 1] ?? end), inItems: true });
    }
  }
  return walk(instance, first);
}

/** Without tables: an item is a frame, or, where there are more items, a frame begins where a stream does. */
async function walk({ source, frames, codec }: DicomInstance, first: number): Promise<FramePlaces> {
  const items: number[] = [];
  let at = first;
  for (let item = await readItem(source, at); item !== null; item = await readItem(source, at)) {
    items.push(at);
    if (items.length > frames * 64 + 64) throw corrupt(source, at, 'more parts of frames than make sense');
    at += 8 + item.length;
  }
  const starts = items.length === frames ? items : await beginnings(source, items, codec === 'jpeg2000' ? 0xff4f : 0xffd8);
  if (starts.length !== frames) throw corrupt(source, first, `${frames} frames, ${starts.length} are there`);
  return { starts: Float64Array.from(starts), ends: Float64Array.from(starts, (_, i) => starts[i + 1] ?? at), inItems: true };
}

async function beginnings(source: ByteSource, items: readonly number[], mark: number): Promise<number[]> {
  const starts: number[] = [];
  for (const at of items) {
    const head = await source.read(at, Math.min(10, source.size - at));
    if (head.length === 10 && viewOf(head).getUint16(8) === mark) starts.push(at);
  }
  return starts;
}

async function endOfItems(source: ByteSource, from: number): Promise<number> {
  let at = from;
  for (let item = await readItem(source, at); item !== null; item = await readItem(source, at)) at += 8 + item.length;
  return at;
}

/** The bytes of a frame without the headers of its items. @throws SlidestreamError `slide/corrupt-tile`, `slide/truncated` */
export async function readFrame(source: ByteSource, places: FramePlaces, frame: number, most: number): Promise<Uint8Array> {
  const [start, end] = [places.starts[frame] as number, places.ends[frame] as number];
  if (end - start > most) throw slideError('slide/corrupt-tile', `it takes ${end - start} bytes, far more than its pixels`);
  const bytes = await source.read(start, end - start);
  if (!places.inItems) return bytes;
  const view = viewOf(bytes);
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    if (view.getUint16(at, true) * 65536 + view.getUint16(at + 2, true) !== ITEM)
      throw slideError('slide/corrupt-tile', 'an item is missing');
    const length = view.getUint32(at + 4, true);
    if (at + 8 + length > bytes.length) throw slideError('slide/corrupt-tile', 'an item is longer than its frame');
    parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

/** The header of an item; `null` for the delimiter after the last. */
async function readItem(source: ByteSource, at: number): Promise<{ readonly length: number } | null> {
  // Some writers leave the delimiter out at the end of the file.
  if (at === source.size) return null;
  const view = viewOf(await source.read(at, 8));
  const tag = view.getUint16(0, true) * 65536 + view.getUint16(2, true);
  if (tag === SEQUENCE_END) return null;
  const length = view.getUint32(4, true);
  if (tag !== ITEM || at + 8 + length > source.size) throw corrupt(source, at, 'an item of the pixels is missing or too long');
  return { length };
}

function checked(source: ByteSource, places: FramePlaces): FramePlaces {
  for (let i = 0; i < places.starts.length; i++) {
    const [start, end] = [places.starts[i] as number, places.ends[i] as number];
    if (!(start >= 0 && end > start && end <= source.size)) throw corrupt(source, start, `frame ${i} lies outside the file`);
  }
  return places;
}

function evenOf(length: number): number {
  return length + (length % 2);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function corrupt(source: ByteSource, offset: number, what: string): Error {
  return slideError('slide/corrupt', `the DICOM file is damaged: ${what}`, { where: { file: source.name, offset } });
}
