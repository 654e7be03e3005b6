import type { TiffFile } from '../tiff/directory.js';
import { type Candidate, isPixelSize, readTiffProperties, type SlideLayout, wholeImage } from './candidate.js';

/** Whether the first directory is one of Aperio's. */
export function isAperio(first: Candidate): boolean {
  return first.tiled && first.description.startsWith('Aperio');
}

/**
 * Aperio SVS: tiled directories are levels, stripped ones are other images. The second directory is the thumbnail, the
 * others are named by the second line of their description.
 */
export async function layOutAperio(file: TiffFile, candidates: readonly Candidate[]): Promise<SlideLayout> {
  const first = candidates[0] as Candidate;
  const said = readProperties(first.description);
  const mpp = Number(said['aperio.MPP'] ?? Number.NaN);
  const objective = Number(said['aperio.AppMag'] ?? Number.NaN);
  const associated = candidates.flatMap((candidate, i) => {
    const name = candidate.tiled ? undefined : i === 1 ? 'thumbnail' : nameOf(candidate.description);
    return name === undefined ? [] : [{ name, directory: candidate.directory }];
  });
  return {
    vendor: 'aperio',
    levels: candidates.filter((candidate) => candidate.tiled).map(wholeImage),
    associated: associated.filter(({ name }, i) => associated.findIndex((other) => other.name === name) === i),
    // Aperio's resolution tags are not to be trusted: without MPP the pixel size is unknown, as for OpenSlide.
    mpp: isPixelSize(mpp) ? { x: mpp, y: mpp, source: 'tag' } : null,
    objective: isPixelSize(objective) ? objective : null,
    properties: { ...(await readTiffProperties(file, first.directory)), ...said },
  };
}

/** `… |AppMag = 20|MPP = 0.499` as properties named `aperio.AppMag`, `aperio.MPP`. */
function readProperties(description: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const part of description.split('|').slice(1)) {
    const cut = part.indexOf('=');
    if (cut > 0) properties[`aperio.${part.slice(0, cut).trim()}`] = part.slice(cut + 1).trim();
  }
  return properties;
}

function nameOf(description: string): string | undefined {
  const name = description.split('\n')[1]?.split(' ')[0];
  return name === '' ? undefined : name;
}
