import { slideError } from '../errors.js';
import { readFirst, type TiffFile } from '../tiff/directory.js';
import { TAG } from '../tiff/tags.js';
import { firstDescendant, parseXml, type XmlElement } from '../xml.js';
import { type Candidate, isPixelSize, type LevelLayout, readTiffProperties, type SlideLayout } from './candidate.js';

/** Whether the first directory describes a Leica collection. */
export function isLeica(first: Candidate): boolean {
  return first.tiled && first.description.includes('http://www.leica-microsystems.com/scn/2010/');
}

/** A rectangle of the collection in nm. */
interface View {
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
}

interface LeicaImage {
  readonly view: View;
  /** Largest first. */
  readonly dimensions: readonly { readonly width: number; readonly height: number; readonly candidate: Candidate }[];
  readonly element: XmlElement;
}

/** Level sizes are whole pixels: scales of parts that belong together differ by less. */
const SCALE_TOLERANCE = 0.01;

/**
 * Leica SCN: the XML of the first directory names images with a place on the slide in nm, each with directories of several sizes. The
 * one that covers the collection is the macro; the others lie side by side on one pyramid.
 *
 * @throws SlidestreamError `slide/corrupt`, `slide/unsupported-layout` for fluorescence and for parts of unlike resolution
 */
export async function layOutLeica(file: TiffFile, candidates: readonly Candidate[]): Promise<SlideLayout> {
  const first = candidates[0] as Candidate;
  const where = { file: file.source.name, offset: first.directory.offset };
  const collection = firstDescendantOf(parseXml(first.description), 'collection');
  if (collection === undefined) throw slideError('slide/corrupt', 'the XML of the Leica slide cannot be read', { where });
  const whole = viewOf(collection.attributes);
  const images = collection.children.filter(({ name }) => name === 'image').map((element) => readImage(element, candidates, where));
  const isMacro = ({ view }: LeicaImage): boolean =>
    view.x === 0 && view.y === 0 && view.width === whole.width && view.height === whole.height;
  const macro = images.find(isMacro);
  const main = images.filter((image) => !isMacro(image));
  const [largest] = main;
  if (largest === undefined) throw slideError('slide/unsupported-layout', 'the Leica slide holds no image but its macro', { where });
  if (main.some(({ element }) => firstDescendant(element, 'illuminationSource')?.text !== 'brightfield')) {
    throw slideError('slide/unsupported-layout', 'only brightfield images of Leica slides can be read', { where });
  }
  const directory = (largest.dimensions[0] as LeicaImage['dimensions'][number]).candidate.directory;
  const objective = Number(firstDescendant(largest.element, 'objective')?.text ?? Number.NaN);
  const centimetres = (await readFirst(file, directory, TAG.resolutionUnit)) === 3;
  const mpp = {
    x: 10000 / ((await readFirst(file, directory, TAG.xResolution)) ?? 0),
    y: 10000 / ((await readFirst(file, directory, TAG.yResolution)) ?? 0),
  };
  return {
    vendor: 'leica',
    levels: largest.dimensions.map((_, level) => layOutLevel(level, main, whole, where)),
    associated:
      macro === undefined ? [] : [{ name: 'macro', directory: (macro.dimensions[0] as { candidate: Candidate }).candidate.directory }],
    mpp: centimetres && isPixelSize(mpp.x) && isPixelSize(mpp.y) ? { ...mpp, source: 'resolution' } : null,
    objective: isPixelSize(objective) ? objective : null,
    properties: { ...(await readTiffProperties(file, directory)), ...propertiesOf(largest.element) },
  };
}

function layOutLevel(level: number, images: readonly LeicaImage[], whole: View, where: object): LevelLayout {
  const sized = images.map(({ view, dimensions }) => {
    const dimension = dimensions[level];
    return dimension === undefined ? undefined : { view, dimension, nm: view.width / dimension.width };
  });
  const scale = sized[0]?.nm ?? Number.NaN;
  if (sized.some((part) => part === undefined || !(Math.abs(part.nm / scale - 1) <= SCALE_TOLERANCE))) {
    throw slideError('slide/unsupported-layout', 'Leica slides whose parts were scanned at unlike resolutions cannot be read', { where });
  }
  return {
    parts: sized.flatMap((part) =>
      part === undefined
        ? []
        : [{ directory: part.dimension.candidate.directory, x: Math.trunc(part.view.x / scale), y: Math.trunc(part.view.y / scale) }],
    ),
    size: { width: Math.ceil(whole.width / scale), height: Math.ceil(whole.height / scale) },
  };
}

function readImage(element: XmlElement, candidates: readonly Candidate[], where: object): LeicaImage {
  const view = firstDescendant(element, 'view');
  const pixels = firstDescendant(element, 'pixels');
  const dimensions = (pixels?.children ?? [])
    .filter(({ name, attributes }) => name === 'dimension' && Number(attributes.z ?? 0) === 0)
    .map(({ attributes }) => {
      const candidate = candidates[Number(attributes.ifd)];
      if (candidate === undefined) {
        throw slideError('slide/corrupt', `the Leica slide has no directory ${attributes.ifd}`, { where });
      }
      return { width: candidate.width, height: candidate.height, candidate };
    })
    .sort((a, b) => b.width - a.width);
  if (view === undefined || dimensions.length === 0)
    throw slideError('slide/corrupt', 'an image of the Leica slide has no place or pixels', { where });
  return { element, dimensions, view: viewOf(view.attributes) };
}

function viewOf(attributes: XmlElement['attributes']): View {
  const number = (name: string): number => Math.trunc(Number(attributes[name] ?? 0)) || 0;
  return { width: number('sizeX'), height: number('sizeY'), x: number('offsetX'), y: number('offsetY') };
}

function firstDescendantOf(root: XmlElement | undefined, name: string): XmlElement | undefined {
  return root === undefined ? undefined : firstDescendant(root, name);
}

function propertiesOf(element: XmlElement): Record<string, string> {
  const device = firstDescendant(element, 'device')?.attributes;
  const named: Record<string, string | undefined> = {
    'leica.aperture': firstDescendant(element, 'numericalAperture')?.text,
    'leica.creation-date': firstDescendant(element, 'creationDate')?.text,
    'leica.device-model': device?.model,
    'leica.device-version': device?.version,
    'leica.illumination-source': firstDescendant(element, 'illuminationSource')?.text,
    'leica.objective': firstDescendant(element, 'objective')?.text,
  };
  return Object.fromEntries(Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
