import { slideError } from '../errors.js';
import { readFirst, type TiffFile } from '../tiff/directory.js';
import { TAG } from '../tiff/tags.js';
import { type Candidate, isPixelSize, readTiffProperties, type SlideLayout } from './candidate.js';

/** Whether all directories are Trestle's: tiled, written by MedScan. */
export function isTrestle(candidates: readonly Candidate[]): boolean {
  const first = candidates[0];
  if (first === undefined || first.description === '') return false;
  return first.software.startsWith('MedScan') && candidates.every(({ tiled }) => tiled);
}

/**
 * Trestle TIFF: every directory is a level, the description holds `name=value` pairs between semicolons, and the
 * resolution tags hold µm per pixel.
 *
 * @throws SlidestreamError `slide/unsupported-layout` when tiles overlap
 */
export async function layOutTrestle(file: TiffFile, candidates: readonly Candidate[]): Promise<SlideLayout> {
  const first = candidates[0] as Candidate;
  const said: Record<string, string> = {};
  for (const part of first.description.split(';')) {
    const cut = part.indexOf('=');
    if (cut > 0) said[`trestle.${part.slice(0, cut).trim()}`] = part.slice(cut + 1).trim();
  }
  const overlaps = (said['trestle.OverlapsXY'] ?? '').split(' ').filter((text) => text !== '');
  if (overlaps.some((text) => Number(text) !== 0)) {
    throw slideError('slide/unsupported-layout', 'Trestle slides whose tiles overlap cannot be read', {
      where: { file: file.source.name },
      hint: 'Convert the slide with OpenSlide or libvips',
    });
  }
  const x = (await readFirst(file, first.directory, TAG.xResolution)) ?? 0;
  const y = (await readFirst(file, first.directory, TAG.yResolution)) ?? 0;
  const objective = Number(said['trestle.Objective Power'] ?? Number.NaN);
  return {
    vendor: 'trestle',
    levels: candidates.map((candidate) => candidate.directory),
    associated: [],
    mpp: isPixelSize(x) && isPixelSize(y) ? { x, y, source: 'tag' } : null,
    objective: isPixelSize(objective) ? objective : null,
    properties: { ...(await readTiffProperties(file, first.directory)), ...said },
  };
}
