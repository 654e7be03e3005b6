import { readFirst, type TiffFile } from '../tiff/directory.js';
import { TAG } from '../tiff/tags.js';
import { type Candidate, isPixelSize, type LevelLayout, readTiffProperties, type SlideLayout, wholeImage } from './candidate.js';

/** Whether all directories are Trestle's: tiled, written by MedScan. */
export function isTrestle(candidates: readonly Candidate[]): boolean {
  const first = candidates[0];
  if (first === undefined || first.description === '') return false;
  return first.software.startsWith('MedScan') && candidates.every(({ tiled }) => tiled);
}

/**
 * Trestle TIFF: every directory is a level, the description holds `name=value` pairs between semicolons, among them by how
 * many pixels the tiles of each level overlap, and the resolution tags hold µm per pixel. Overlaps of single tiles, which lie in
 * files beside the slide, are not read, as OpenSlide does not read them either.
 */
export async function layOutTrestle(file: TiffFile, candidates: readonly Candidate[]): Promise<SlideLayout> {
  const first = candidates[0] as Candidate;
  const said: Record<string, string> = {};
  for (const part of first.description.split(';')) {
    const cut = part.indexOf('=');
    if (cut > 0) said[`trestle.${part.slice(0, cut).trim()}`] = part.slice(cut + 1).trim();
  }
  const overlaps = (said['trestle.OverlapsXY'] ?? '').trim().split(/\s+/).map(Number);
  const x = (await readFirst(file, first.directory, TAG.xResolution)) ?? 0;
  const y = (await readFirst(file, first.directory, TAG.yResolution)) ?? 0;
  const objective = Number(said['trestle.Objective Power'] ?? Number.NaN);
  return {
    vendor: 'trestle',
    levels: await Promise.all(candidates.map((candidate, i) => layOutLevel(file, candidate, [overlaps[2 * i], overlaps[2 * i + 1]]))),
    associated: [],
    mpp: isPixelSize(x) && isPixelSize(y) ? { x, y, source: 'tag' } : null,
    objective: isPixelSize(objective) ? objective : null,
    properties: { ...(await readTiffProperties(file, first.directory)), ...said },
  };
}

/** A level whose tiles overlap is as much smaller as its tags say. */
async function layOutLevel(file: TiffFile, level: Candidate, overlaps: readonly (number | undefined)[]): Promise<LevelLayout> {
  const { directory, width, height } = level;
  const tileWidth = (await readFirst(file, directory, TAG.tileWidth)) ?? 0;
  const tileHeight = (await readFirst(file, directory, TAG.tileLength)) ?? 0;
  const [overlapX, overlapY] = [pixels(overlaps[0], tileWidth), pixels(overlaps[1], tileHeight)];
  if (overlapX === 0 && overlapY === 0) return wholeImage(level);
  const size = {
    width: width - (Math.ceil(width / tileWidth) - 1) * overlapX,
    height: height - (Math.ceil(height / tileHeight) - 1) * overlapY,
  };
  return { ...wholeImage(level), size, overlapX, overlapY };
}

/** An overlap in whole pixels that leaves something of a tile. */
function pixels(value: number | undefined, side: number): number {
  return value !== undefined && Number.isInteger(value) && value > 0 && value < side ? value : 0;
}
