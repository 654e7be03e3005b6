import { stat } from 'node:fs/promises';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { type ByteSource, openFile } from './byte-source.js';
import { detectFormat, type FileFormat, HEAD_BYTES } from './detect-format.js';
import { openDicomSlide } from './dicom/dicom-slide.js';
import { slideError } from './errors.js';
import { openImageSlide } from './image-slide.js';
import { INSTALL_OPENSLIDE } from './openslide/child-slide.js';
import { openWithOpenSlide } from './openslide/openslide-slide.js';
import { type OpenSlideOptions, type Slide, slideReaders } from './slide.js';
import { openTiffSlide } from './tiff-slide.js';
import { refuseFormat } from './vendors/refused.js';

/** What this package's readers refuse and OpenSlide may have. */
const BEYOND_US = ['slide/unsupported-format', 'slide/unsupported-compression', 'slide/unsupported-layout'] as const;

/**
 * Opens a whole-slide image: the TIFF family, DICOM (a file, its series beside it, or a folder), PNG and JPEG by readers of this
 * package; NDPI and other formats, and what those readers refuse, by OpenSlide where it is installed. `info.reader` says which it was.
 *
 * @throws SlidestreamError `io/*`, `slide/unsupported-format`, `slide/unsupported-compression`, `slide/unsupported-layout`,
 * `slide/corrupt`, `slide/truncated`, `slide/too-large`, `slide/no-openslide`, `slide/reader-failed`, `slide/reader-died`, `slide/reader-timeout`
 * @example
 * ```ts
 * await using slide = await openSlide('case-17.svs');
 * const { data } = await slide.readRegion({ level: 0, x: 1024, y: 2048, width: 256, height: 256 });
 * ```
 */
export async function openSlide(path: string, options: OpenSlideOptions = {}): Promise<Slide> {
  const reader = options.reader ?? 'auto';
  if (!slideReaders.includes(reader)) {
    throw slideError('slide/no-such-reader', `there is no reader "${reader}"`, {
      category: 'usage',
      hint: `There are ${slideReaders.join(', ')}`,
    });
  }
  const stats = await stat(path).catch((error: unknown) => {
    throw ioError(error, path);
  });
  if (reader === 'openslide') return openWithOpenSlide(path, options);
  if (reader === 'dicom' || (reader === 'auto' && stats.isDirectory())) return openDicomSlide(path, options);
  const source = await openFile(path);
  let format: FileFormat | undefined;
  try {
    format = detectFormat(await source.read(0, Math.min(source.size, HEAD_BYTES)), path);
    if (reader === 'tiff' && format.kind !== 'tiff')
      throw slideError('slide/unsupported-format', 'this is no TIFF file', { where: { file: path } });
    return await openByFormat(source, format, options);
  } catch (error) {
    await source.close();
    if (reader !== 'auto' || !isForOpenSlide(format) || !isSlidestreamError(error, ...BEYOND_US)) throw error;
    return openElsewhere(error, path, options);
  }
}

/** Opens a file with the reader of its format, which closes `source` with the slide. */
async function openByFormat(source: ByteSource, format: FileFormat, options: OpenSlideOptions): Promise<Slide> {
  switch (format.kind) {
    case 'tiff':
      return openTiffSlide(source, options);
    case 'png':
    case 'jpeg':
      return openImageSlide(source, format.kind, options);
    case 'dicom': {
      const slide = await openDicomSlide(source.name, options);
      await source.close();
      return slide;
    }
    case 'foreign':
      throw refuseFormat(source.name, format.name);
  }
}

/** Whether OpenSlide may read what this package does not: plain images and unknown files it does not. */
function isForOpenSlide(format: FileFormat | undefined): boolean {
  return format?.kind === 'tiff' || format?.kind === 'dicom' || (format?.kind === 'foreign' && format.name !== undefined);
}

/** Tries OpenSlide on what this package refused for `refusal`. */
async function openElsewhere(refusal: SlidestreamError, path: string, options: OpenSlideOptions): Promise<Slide> {
  try {
    return await openWithOpenSlide(path, options);
  } catch (error) {
    if (isSlidestreamError(error, 'slide/no-openslide')) {
      const hint = refusal.code === 'slide/unsupported-format' ? INSTALL_OPENSLIDE : `${refusal.hint ?? ''}. Or: ${INSTALL_OPENSLIDE}`;
      throw new SlidestreamError({ ...refusal, message: refusal.what, hint: hint.replace(/^\. Or: /, ''), cause: error });
    }
    // What OpenSlide says of a format that is its own tells more.
    const itsOwn = refusal.code === 'slide/unsupported-format' && !isSlidestreamError(error, 'slide/unsupported-format');
    throw itsOwn ? error : refusal;
  }
}
