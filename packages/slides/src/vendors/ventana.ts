import { slideError } from '../errors.js';
import { readFirst, readText, type TiffFile } from '../tiff/directory.js';
import { TAG } from '../tiff/tags.js';
import { descendants, firstDescendant, parseXml, type XmlElement } from '../xml.js';
import { type Candidate, isPixelSize, readTiffProperties, type SlideLayout, wholeImage } from './candidate.js';

/** What is read of an XMP text, and of how many directories: the scanner's is in one of the first. */
const MAX_XMP_BYTES = 8 << 20;
const DIRECTORIES_WITH_XMP = 16;

/** The `iScan` element of a Ventana slide; `undefined` for other files. */
export async function findIScan(file: TiffFile, candidates: readonly Candidate[]): Promise<XmlElement | undefined> {
  for (const { directory } of candidates.slice(0, DIRECTORIES_WITH_XMP)) {
    const xmp = await readText(file, directory, TAG.xmp, MAX_XMP_BYTES);
    if (xmp === undefined || !xmp.includes('<iScan')) continue;
    const root = parseXml(xmp);
    const iScan = root?.name === 'iScan' ? root : root?.children.find(({ name }) => name === 'iScan');
    if (iScan !== undefined) return iScan;
  }
  return undefined;
}

/**
 * Ventana TIFF and BIF whose tiles do not overlap and whose one area fills the grid: directories described as `level=…` are levels.
 *
 * @throws SlidestreamError `slide/unsupported-layout` for slides whose tiles must be stitched
 */
export async function layOutVentana(file: TiffFile, candidates: readonly Candidate[], iScan: XmlElement): Promise<SlideLayout> {
  const levels = candidates.filter(({ tiled, description }) => tiled && description.includes('level='));
  const [first] = levels;
  const where = { file: file.source.name };
  if (first === undefined) throw slideError('slide/corrupt', 'the Ventana slide has no levels', { where });
  await checkStitching(file, first);
  const mpp = Number(iScan.attributes.ScanRes ?? Number.NaN);
  const objective = Number(iScan.attributes.Magnification ?? Number.NaN);
  const named = [
    { name: 'macro', candidate: candidates.find(({ description }) => /^Label[ _]Image/.test(description)) },
    { name: 'thumbnail', candidate: candidates.find(({ description }) => description.startsWith('Thumbnail')) },
  ];
  return {
    vendor: 'ventana',
    levels: [...levels].sort((a, b) => b.width - a.width).map(wholeImage),
    associated: named.flatMap(({ name, candidate }) => (candidate === undefined ? [] : [{ name, directory: candidate.directory }])),
    mpp: isPixelSize(mpp) ? { x: mpp, y: mpp, source: 'tag' } : null,
    objective: isPixelSize(objective) ? objective : null,
    properties: {
      ...(await readTiffProperties(file, first.directory)),
      ...Object.fromEntries(Object.entries(iScan.attributes).map(([name, value]) => [`ventana.${name}`, value])),
    },
  };
}

/** Where tiles overlap, or areas lie apart, the plain grid of tiles is not the picture. */
async function checkStitching(file: TiffFile, first: Candidate): Promise<void> {
  const xmp = await readText(file, first.directory, TAG.xmp, MAX_XMP_BYTES);
  const root = xmp === undefined ? undefined : parseXml(xmp);
  if (root === undefined) return;
  const areas = [...descendants(root, 'ImageInfo')].filter(({ attributes }) => attributes.AOIScanned !== '0');
  const joints = [...descendants(root, 'TileJointInfo')];
  const overlapping = joints.some(({ attributes }) => Number(attributes.OverlapX ?? 0) !== 0 || Number(attributes.OverlapY ?? 0) !== 0);
  const tileWidth = (await readFirst(file, first.directory, TAG.tileWidth)) ?? 1;
  const tileHeight = (await readFirst(file, first.directory, TAG.tileLength)) ?? 1;
  const grid = [Math.ceil(first.width / tileWidth), Math.ceil(first.height / tileHeight)];
  const [area] = areas;
  const partial = area !== undefined && (Number(area.attributes.NumCols) !== grid[0] || Number(area.attributes.NumRows) !== grid[1]);
  const shifted = [...(firstDescendant(root, 'AoiOrigin')?.children ?? [])].some(
    ({ attributes }) => Number(attributes.OriginX ?? 0) !== 0 || Number(attributes.OriginY ?? 0) !== 0,
  );
  if (areas.length <= 1 && !overlapping && !partial && !shifted) return;
  throw slideError('slide/unsupported-layout', 'the tiles of this Ventana slide overlap or lie in several areas and must be stitched', {
    where: { file: file.source.name, offset: first.directory.offset },
  });
}
