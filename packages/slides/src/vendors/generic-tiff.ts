import type { TiffFile } from '../tiff/directory.js';
import { type Candidate, readCandidate, readResolution, readTiffProperties, type SlideLayout } from './candidate.js';
import { readOmeXml } from './ome-xml.js';

/** Bit 0 of NewSubfileType: a smaller version of another image. */
const REDUCED = 1;
/** Smaller versions are rounded to whole pixels at every step: their shape may differ by so much. */
const SHAPE_TOLERANCE = 0.02;

/**
 * Any tiled or stripped TIFF: the first directory is the largest level; SubIFDs, directories marked as reduced and
 * smaller ones of the same shape are the levels above. OME-XML gives pixel size and objective where there is one; such
 * files keep the name that OpenSlide gives them.
 */
export async function layOutGenericTiff(file: TiffFile, candidates: readonly Candidate[]): Promise<SlideLayout> {
  const first = candidates[0] as Candidate;
  const children = await Promise.all(first.directory.children.map((child) => readCandidate(file, child)));
  const others = [...children, ...candidates.slice(1)];
  const smaller = others.filter((candidate) => candidate.width < first.width && candidate.height < first.height);
  const levels = smaller
    .filter((candidate) => candidate.tiled === first.tiled && (isMarkedReduced(candidate) || hasShapeOf(candidate, first)))
    .sort((a, b) => b.width - a.width);
  const ome = readOmeXml(first.description);
  return {
    vendor: 'generic-tiff',
    levels: [first, ...levels].map((candidate) => candidate.directory),
    associated: [],
    mpp: ome?.mpp ? { ...ome.mpp, source: 'tag' } : await readResolution(file, first.directory),
    objective: ome?.objective ?? null,
    properties: await readTiffProperties(file, first.directory),
  };
}

function isMarkedReduced(candidate: Candidate): boolean {
  return (candidate.subfileType & REDUCED) !== 0;
}

function hasShapeOf(candidate: Candidate, first: Candidate): boolean {
  const across = first.width / candidate.width;
  const down = first.height / candidate.height;
  return Math.abs(across / down - 1) <= SHAPE_TOLERANCE;
}
