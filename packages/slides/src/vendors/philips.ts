import { slideError } from '../errors.js';
import type { TiffFile } from '../tiff/directory.js';
import { descendants, parseXml, type XmlElement } from '../xml.js';
import { type AssociatedLayout, type Candidate, isPixelSize, readTiffProperties, type SlideLayout, wholeImage } from './candidate.js';

/** Whether the first directory was written by Philips' export. */
export function isPhilips(first: Candidate): boolean {
  return first.software.startsWith('Philips');
}

/** An image inside the metadata takes as much base64; labels and macros are some hundred kilobytes. */
const MAX_EMBEDDED_BYTES = 16 << 20;

/**
 * Philips TIFF: tiled directories are levels, whose sizes are those of the padded grid; how much smaller they are stands in the XML of
 * the first description. Tiles outside the regions of interest are absent. Label and macro are stripped directories or JPEGs
 * inside the XML.
 *
 * @throws SlidestreamError `slide/corrupt` when the XML cannot be read
 */
export async function layOutPhilips(file: TiffFile, candidates: readonly Candidate[]): Promise<SlideLayout> {
  const first = candidates[0] as Candidate;
  const root = parseXml(first.description);
  if (root?.name !== 'DataObject' || root.attributes.ObjectType !== 'DPUfsImport') {
    throw slideError('slide/corrupt', 'the XML of the Philips slide cannot be read', {
      where: { file: file.source.name, offset: first.directory.offset },
    });
  }
  const images = [...descendants(root, 'DataObject')].filter(({ attributes }) => attributes.ObjectType === 'DPScannedImage');
  const slide = images.find((image) => attributeOf(image, 'PIM_DP_IMAGE_TYPE') === 'WSI');
  const spacings = slide === undefined ? [] : spacingsOf(slide);
  const levels = candidates.filter(({ tiled }) => tiled);
  const base = spacings[0];
  const said = propertiesOf(root, slide);
  return {
    vendor: 'philips',
    levels: levels.map((level, i) => {
      const spacing = spacings[i];
      if (i === 0 || base === undefined || spacing === undefined) return wholeImage(level);
      // Clipped to what level 0 covers: the rest is padding of the last tiles.
      const downsample = (spacing[0] / base[0] + spacing[1] / base[1]) / 2;
      const width = Math.max(1, Math.min(level.width, Math.trunc(first.width / downsample)));
      const height = Math.max(1, Math.min(level.height, Math.trunc(first.height / downsample)));
      return { ...wholeImage(level), size: { width, height }, downsample };
    }),
    associated: associatedOf(candidates, images),
    sparse: true,
    mpp: base === undefined ? null : { x: 1000 * base[1], y: 1000 * base[0], source: 'tag' },
    objective: null,
    properties: { ...(await readTiffProperties(file, first.directory)), ...said },
  };
}

/** Vertical and horizontal mm per pixel of each level. */
function spacingsOf(slide: XmlElement): (readonly [number, number])[] {
  const representations = [...descendants(slide, 'DataObject')].filter(
    ({ attributes }) => attributes.ObjectType === 'PixelDataRepresentation',
  );
  const own = spacingOf(slide);
  const each = representations.map(spacingOf);
  const known = each.indexOf(undefined);
  const pairs = each.slice(0, known < 0 ? each.length : known) as (readonly [number, number])[];
  return pairs.length > 0 || own === undefined ? pairs : [own];
}

function spacingOf(element: XmlElement): readonly [number, number] | undefined {
  const numbers = (attributeOf(element, 'DICOM_PIXEL_SPACING') ?? '').match(/[0-9.eE+-]+/g)?.map(Number) ?? [];
  const [vertical = 0, horizontal = 0] = numbers;
  return isPixelSize(vertical) && isPixelSize(horizontal) ? [vertical, horizontal] : undefined;
}

/** The value of an attribute element of a data object. */
function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === 'Attribute' && child.attributes.Name === name)?.text;
}

function propertiesOf(...elements: readonly (XmlElement | undefined)[]): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const child of elements.flatMap((element) => element?.children ?? [])) {
    const name = child.attributes.Name;
    if (child.name === 'Attribute' && name !== undefined && child.children.length === 0 && child.text.length < 4096) {
      properties[`philips.${name}`] ??= child.text;
    }
  }
  return properties;
}

function associatedOf(candidates: readonly Candidate[], images: readonly XmlElement[]): AssociatedLayout[] {
  const kinds = [
    { name: 'label', starts: 'Label', type: 'LABELIMAGE' },
    { name: 'macro', starts: 'Macro', type: 'MACROIMAGE' },
  ];
  return kinds.flatMap(({ name, starts, type }): AssociatedLayout[] => {
    const stripped = candidates.find(({ tiled, description }) => !tiled && description.startsWith(starts));
    if (stripped !== undefined) return [{ name, directory: stripped.directory }];
    const image = images.find((one) => attributeOf(one, 'PIM_DP_IMAGE_TYPE') === type);
    const base64 = image === undefined ? '' : (attributeOf(image, 'PIM_DP_IMAGE_DATA') ?? '');
    if (base64 === '' || base64.length > MAX_EMBEDDED_BYTES) return [];
    return [{ name, jpeg: new Uint8Array(Buffer.from(base64, 'base64')) }];
  });
}
