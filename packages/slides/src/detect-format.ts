import { isTiff } from './tiff/directory.js';

/** What a file is by how it starts, or by its extension where that says more. */
export type FileFormat =
  | { readonly kind: 'tiff' | 'dicom' | 'png' | 'jpeg' }
  /** A format that only OpenSlide reads, by its name; without one nobody knows it. */
  | { readonly kind: 'foreign'; readonly name: string | undefined };

/** Bytes that {@link detectFormat} wants. */
export const HEAD_BYTES = 160;

/** Formats of several files, of which the one that is opened says little, or starts as something else. */
const BY_EXTENSION: Readonly<Record<string, string>> = {
  mrxs: 'MIRAX',
  vms: 'Hamamatsu VMS',
  vmu: 'Hamamatsu VMU',
  czi: 'Zeiss CZI',
  svslide: 'Sakura SVSLIDE',
};

/** Tells what reader a file is for. */
export function detectFormat(head: Uint8Array, path: string): FileFormat {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const named = Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
  if (named !== undefined) return { kind: 'foreign', name: named };
  const text = Buffer.from(head).toString('latin1');
  if (text.slice(128, 132) === 'DICM') return { kind: 'dicom' };
  if (isTiff(head)) return { kind: 'tiff' };
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return { kind: 'png' };
  if (text.startsWith('\xff\xd8\xff')) return { kind: 'jpeg' };
  if (text.startsWith('ZISRAWFILE')) return { kind: 'foreign', name: 'Zeiss CZI' };
  if (text.startsWith('SQLite format 3')) return { kind: 'foreign', name: 'Sakura SVSLIDE' };
  return { kind: 'foreign', name: undefined };
}
