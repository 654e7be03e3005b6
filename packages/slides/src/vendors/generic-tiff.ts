import { slideError } from '../errors.js';
import type { TiffFile } from '../tiff/directory.js';
import { type Candidate, readCandidate, readResolution, readTiffProperties, type SlideLayout, wholeImage } from './candidate.js';
import { type OmeXml, readOmeXml } from './ome-xml.js';

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
  const ome = readOmeXml(first.description);
  if (ome !== undefined) checkOme(ome, first, file);
  // In OME-TIFF a directory of the chain is another image, unless the pyramid has no SubIFDs.
  const chain = ome !== undefined && children.length > 0 ? [] : candidates.slice(1);
  const smaller = [...children, ...chain].filter((candidate) => candidate.width < first.width && candidate.height < first.height);
  const levels = smaller
    .filter((candidate) => candidate.tiled === first.tiled && (isMarkedReduced(candidate) || hasShapeOf(candidate, first)))
    .sort((a, b) => b.width - a.width);
  const mpp = ome?.images[0]?.mpp;
  return {
    vendor: 'generic-tiff',
    levels: [first, ...levels].map(wholeImage),
    associated: ome === undefined ? [] : associatedOf(ome, candidates, [first, ...levels]),
    mpp: mpp ? { ...mpp, source: 'tag' } : await readResolution(file, first.directory),
    objective: ome?.objective ?? null,
    properties: await readTiffProperties(file, first.directory),
  };
}

/** One colour, focal plane or time of several would be shown as if it were the slide. */
function checkOme({ images }: OmeXml, first: Candidate, file: TiffFile): void {
  const [main] = images;
  if (main === undefined) return;
  const where = { file: file.source.name, offset: first.directory.offset };
  if (main.channels > 1 || main.planes > 1) {
    throw slideError(
      'slide/unsupported-layout',
      `an OME-TIFF of ${main.channels} separate channels and ${main.planes} planes cannot be read`,
      {
        where,
        hint: 'Export one brightfield plane in RGB',
      },
    );
  }
  if (main.sizeX !== first.width || main.sizeY !== first.height) {
    throw slideError(
      'slide/corrupt',
      `OME-XML says ${main.sizeX} × ${main.sizeY} pixels, the TIFF directory ${first.width} × ${first.height}`,
      { where },
    );
  }
}

const ASSOCIATED = ['label', 'macro', 'thumbnail', 'overview'] as const;

/** Further images of an OME-TIFF that say by name what they are. */
function associatedOf(ome: OmeXml, candidates: readonly Candidate[], levels: readonly Candidate[]): SlideLayout['associated'] {
  const named = ome.images.slice(1).flatMap((image) => {
    const name = ASSOCIATED.find((kind) => image.name.toLowerCase().includes(kind));
    const candidate = candidates[image.firstDirectory];
    const isNew = candidate !== undefined && !levels.includes(candidate);
    return name !== undefined && isNew ? [{ name: name === 'overview' ? 'macro' : name, directory: candidate.directory }] : [];
  });
  return named.filter(({ name }, i) => named.findIndex((other) => other.name === name) === i);
}

function isMarkedReduced(candidate: Candidate): boolean {
  return (candidate.subfileType & REDUCED) !== 0;
}

function hasShapeOf(candidate: Candidate, first: Candidate): boolean {
  const across = first.width / candidate.width;
  const down = first.height / candidate.height;
  return Math.abs(across / down - 1) <= SHAPE_TOLERANCE;
}
