import { slideError } from '../errors.js';
import { TAG } from '../tiff/tags.js';
import type { Candidate } from './candidate.js';

/** TIFF dialects whose pyramid a generic reader would misread. */
export function nameForeignTiff(first: Candidate): string | undefined {
  if (first.directory.fields.has(TAG.hamamatsu)) return 'Hamamatsu NDPI';
  if (first.description.includes('<iScan') || first.software.startsWith('ScanOutputManager')) return 'Ventana BIF';
  return undefined;
}

/** The refusal of a format that the readers of this package do not have. */
export function refuseFormat(path: string, format: string | undefined): Error {
  const what = format === undefined ? 'this is no slide format that can be read' : `${format} cannot be read without OpenSlide`;
  return slideError('slide/unsupported-format', what, { where: { file: path } });
}
