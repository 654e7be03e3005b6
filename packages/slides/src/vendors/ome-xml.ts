import { parseXml, type XmlElement } from '../xml.js';

/** One image of an OME-XML header. */
interface OmeImage {
  readonly name: string;
  readonly sizeX: number;
  readonly sizeY: number;
  /** Focal planes, time points. */
  readonly planes: number;
  /** Channels that are stored as images of their own: 1 where one image holds all colours. */
  readonly channels: number;
  readonly mpp: { readonly x: number; readonly y: number } | null;
  /** The TIFF directory in which the image begins. */
  readonly firstDirectory: number;
}

/** What is read of an OME-XML header. */
export interface OmeXml {
  readonly images: readonly OmeImage[];
  readonly objective: number | null;
}

const MICROMETRES: Readonly<Record<string, number>> = { µm: 1, μm: 1, um: 1, nm: 1e-3, mm: 1e3, cm: 1e4, m: 1e6 };

/** Reads the images, their pixel sizes and the objective from the OME-XML of an ImageDescription; `undefined` when it is none. */
export function readOmeXml(description: string): OmeXml | undefined {
  if (!/<(?:\w+:)?OME\b/.test(description.slice(0, 4096))) return undefined;
  const root = parseXml(description);
  if (root?.name !== 'OME') return undefined;
  const images: OmeImage[] = [];
  let directory = 0;
  for (const image of root.children.filter(({ name }) => name === 'Image')) {
    const read = readImage(image, directory);
    if (read === undefined) continue;
    images.push(read);
    directory = read.firstDirectory + read.planes * read.channels;
  }
  const instruments = root.children.filter(({ name }) => name === 'Instrument');
  const objective = instruments.flatMap(({ children }) => children).find(({ name }) => name === 'Objective');
  return { images, objective: positive(objective?.attributes.NominalMagnification) };
}

function readImage({ attributes, children }: XmlElement, nextDirectory: number): OmeImage | undefined {
  const pixels = children.find(({ name }) => name === 'Pixels');
  if (pixels === undefined) return undefined;
  const said = pixels.attributes;
  const count = (name: string): number => Math.max(1, Math.trunc(positive(said[name]) ?? 1));
  const size = (axis: 'X' | 'Y'): number | null => {
    const value = positive(said[`PhysicalSize${axis}`]);
    const unit = MICROMETRES[said[`PhysicalSize${axis}Unit`] ?? 'µm'];
    return value === null || unit === undefined ? null : value * unit;
  };
  const samples = positive(pixels.children.find(({ name }) => name === 'Channel')?.attributes.SamplesPerPixel) ?? 1;
  const [x, y] = [size('X'), size('Y')];
  const first = Number(pixels.children.find(({ name }) => name === 'TiffData')?.attributes.IFD ?? Number.NaN);
  return {
    name: attributes.Name ?? '',
    sizeX: count('SizeX'),
    sizeY: count('SizeY'),
    planes: count('SizeZ') * count('SizeT'),
    channels: Math.max(1, Math.round(count('SizeC') / samples)),
    mpp: x === null || y === null ? null : { x, y },
    firstDirectory: Number.isInteger(first) && first >= 0 ? first : nextDirectory,
  };
}

function positive(text: string | undefined): number | null {
  const value = Number(text ?? Number.NaN);
  return value > 0 && Number.isFinite(value) ? value : null;
}
