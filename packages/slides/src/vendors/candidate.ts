import type { PixelSize } from '@slidestream/core';
import { readFirst, readText, type TiffDirectory, type TiffFile } from '../tiff/directory.js';
import { readImageSize, type TiffImageSize } from '../tiff/image.js';
import { TAG } from '../tiff/tags.js';

/** A directory with what tells levels and vendors apart. */
export interface Candidate extends TiffImageSize {
  readonly directory: TiffDirectory;
  readonly description: string;
  readonly software: string;
}

/** A level and the directories that hold it. */
export interface LevelLayout {
  /** Usually one, at 0, 0; parts that were scanned apart lie where the vendor says, in pixels of the level. */
  readonly parts: readonly { readonly directory: TiffDirectory; readonly x: number; readonly y: number }[];
  /** Where it is not the size of the only part. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Where it does not follow from the sizes. */
  readonly downsample?: number;
  /** Pixels that neighbouring tiles share. */
  readonly overlapX?: number;
  readonly overlapY?: number;
}

/** An image that is no level: a directory, or a JPEG inside the metadata. */
export type AssociatedLayout = { readonly name: string } & ({ readonly directory: TiffDirectory } | { readonly jpeg: Uint8Array });

/** What a vendor's rules make of a file's directories. */
export interface SlideLayout {
  readonly vendor: string;
  /** Largest first. */
  readonly levels: readonly LevelLayout[];
  readonly associated: readonly AssociatedLayout[];
  /** Tiles that are absent were never scanned. */
  readonly sparse?: boolean;
  readonly mpp: (PixelSize & { readonly source: 'tag' | 'resolution' }) | null;
  readonly objective: number | null;
  readonly properties: Readonly<Record<string, string>>;
}

/** A level that is one directory's image. */
export function wholeImage({ directory }: { readonly directory: TiffDirectory }): LevelLayout {
  return { parts: [{ directory, x: 0, y: 0 }] };
}

/** What is read of the description of any directory but the first, whose XML may be long. */
const SHORT_TEXT = 4096;

/** Reads what tells a directory apart. @throws SlidestreamError `slide/corrupt`, `slide/truncated` */
export async function readCandidate(file: TiffFile, directory: TiffDirectory): Promise<Candidate> {
  const isFirst = directory === file.directories[0];
  return {
    ...(await readImageSize(file, directory)),
    directory,
    description: (await readText(file, directory, TAG.imageDescription, isFirst ? undefined : SHORT_TEXT)) ?? '',
    software: (await readText(file, directory, TAG.software, SHORT_TEXT)) ?? '',
  };
}

/** Pixel size from the resolution tags, in pixels per inch or centimetre; `null` when they say nothing. */
export async function readResolution(file: TiffFile, directory: TiffDirectory): Promise<SlideLayout['mpp']> {
  const unit = (await readFirst(file, directory, TAG.resolutionUnit)) ?? 2;
  const micrometres = unit === 2 ? 25400 : unit === 3 ? 10000 : 0;
  const x = micrometres / ((await readFirst(file, directory, TAG.xResolution)) ?? 0);
  const y = micrometres / ((await readFirst(file, directory, TAG.yResolution)) ?? 0);
  return isPixelSize(x) && isPixelSize(y) ? { x, y, source: 'resolution' } : null;
}

/** Whether a number can be a pixel size in µm. */
export function isPixelSize(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}

/** The text tags of a directory, named as OpenSlide names them. */
export async function readTiffProperties(file: TiffFile, directory: TiffDirectory): Promise<Record<string, string>> {
  const named = {
    'tiff.ImageDescription': TAG.imageDescription,
    'tiff.Make': TAG.make,
    'tiff.Model': TAG.model,
    'tiff.Software': TAG.software,
    'tiff.DateTime': TAG.dateTime,
    'tiff.Artist': TAG.artist,
    'tiff.Copyright': TAG.copyright,
  };
  const properties: Record<string, string> = {};
  for (const [name, tag] of Object.entries(named)) {
    const text = await readText(file, directory, tag);
    if (text !== undefined && text !== '') properties[name] = text;
  }
  for (const [name, tag] of [
    ['tiff.XResolution', TAG.xResolution],
    ['tiff.YResolution', TAG.yResolution],
  ] as const) {
    const value = await readFirst(file, directory, tag);
    if (value !== undefined) properties[name] = String(value);
  }
  const unit = (await readFirst(file, directory, TAG.resolutionUnit)) ?? 2;
  properties['tiff.ResolutionUnit'] = unit === 2 ? 'inch' : unit === 3 ? 'centimeter' : 'none';
  return properties;
}
