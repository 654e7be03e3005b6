import { slideError } from '../errors.js';
import { TAG } from '../tiff/tags.js';
import type { Candidate } from './candidate.js';

const CONVERT = 'Convert it to a tiled pyramidal TIFF first, for instance with `vips tiffsave --tile --pyramid --compression jpeg`';

/** The name of a format by how the file starts; `undefined` when it may be a TIFF. */
export function nameForeignFormat(head: Uint8Array, path: string): string | undefined {
  const text = Buffer.from(head).toString('latin1');
  if (text.slice(128, 132) === 'DICM') return 'DICOM';
  if (text.startsWith('ZISRAWFILE')) return 'Zeiss CZI';
  if (text.startsWith('SQLite format 3')) return 'Sakura SVSLIDE';
  if (text.startsWith('\x89PNG')) return 'PNG';
  if (text.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (text.startsWith('\x89HDF')) return 'HDF5';
  const extension = /\.(mrxs|vms|vmu|czi|svslide)$/i.exec(path)?.[1]?.toLowerCase();
  const named = { mrxs: 'MIRAX', vms: 'Hamamatsu VMS', vmu: 'Hamamatsu VMU', czi: 'Zeiss CZI', svslide: 'Sakura SVSLIDE' };
  return extension === undefined ? undefined : named[extension as keyof typeof named];
}

/** TIFF dialects whose pyramid a generic reader would misread. */
export function nameForeignTiff(first: Candidate): string | undefined {
  if (first.directory.fields.has(TAG.hamamatsu)) return 'Hamamatsu NDPI';
  if (first.description.includes('http://www.leica-microsystems.com/scn')) return 'Leica SCN';
  if (first.software.startsWith('Philips')) return 'Philips TIFF';
  if (first.description.includes('<iScan') || first.software.startsWith('ScanOutputManager')) return 'Ventana BIF';
  return undefined;
}

/** The refusal of a format that this reader does not have. */
export function refuseFormat(path: string, format: string | undefined): Error {
  const what = format === undefined ? 'this is no slide format that can be read' : `${format} cannot be read`;
  return slideError('slide/unsupported-format', `${what}, only Aperio SVS and TIFF`, { where: { file: path }, hint: CONVERT });
}
