import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { halve, madeUpPicture, type TiffField, type TiffPixels, type WriteTiffOptions, writeTiff } from '@slidestream/testing/tiff';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { openSlide } from './open-slide.js';
import type { OpenSlideOptions, Slide } from './slide.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-vendors-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

async function write(options: Omit<WriteTiffOptions, 'tileSizePx'> & { readonly tileSizePx?: number }): Promise<string> {
  const path = join(folder, `slide-${files++}.tif`);
  writeFileSync(path, await writeTiff({ tileSizePx: 64, compression: 'lzw', ...options }));
  return path;
}

async function level(slide: Slide, index: number): Promise<Uint8Array> {
  const { width, height } = slide.info.levels[index] as (typeof slide.info.levels)[number];
  return (await slide.readRegion({ level: index, x: 0, y: 0, width, height })).data;
}

/** A rectangle of a picture; white where it has none. */
function crop(from: TiffPixels, x: number, y: number, width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3).fill(255);
  for (let line = Math.max(0, y); line < Math.min(from.height, y + height); line++) {
    const left = Math.max(0, x);
    const right = Math.min(from.width, x + width);
    if (right > left)
      data.set(from.data.subarray((line * from.width + left) * 3, (line * from.width + right) * 3), ((line - y) * width + left - x) * 3);
  }
  return data;
}

const ascii = (tag: number, values: string): TiffField => ({ tag, type: 'ascii', values });
const xmp = (values: string): TiffField => ({ tag: 700, type: 'undefined', values: new TextEncoder().encode(values) });
const rational = (tag: number, value: number): TiffField => ({ tag, type: 'rational', values: [Math.round(value * 1e6), 1e6] });
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Opens a file with OpenSlide, too, where that is installed, and compares what both say and show. */
async function besideOpenSlide(path: string, options: OpenSlideOptions = {}): Promise<void> {
  let theirs: Slide;
  try {
    theirs = await openSlide(path, { reader: 'openslide' });
  } catch (error) {
    // Not installed: the rest of the test stands for itself.
    expect(error).toMatchObject({ code: 'slide/no-openslide' });
    return;
  }
  await using slide = await openSlide(path, { reader: 'tiff', ...options });
  expect(slide.info.vendor).toBe(theirs.info.vendor);
  expect(slide.info.levels.map(({ width, height }) => [width, height])).toEqual(
    theirs.info.levels.map(({ width, height }) => [width, height]),
  );
  for (const [i, { downsample }] of theirs.info.levels.entries()) expect(slide.info.levels[i]?.downsample).toBeCloseTo(downsample, 4);
  expect(slide.info.mpp?.x ?? null).toBeCloseTo(theirs.info.mpp?.x ?? Number.NaN, 6);
  expect(slide.info.mpp?.y ?? null).toBeCloseTo(theirs.info.mpp?.y ?? Number.NaN, 6);
  expect(slide.info.objective).toBe(theirs.info.objective);
  expect([...slide.info.associated].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
    [...theirs.info.associated].sort((a, b) => (a.name < b.name ? -1 : 1)),
  );
  for (const { index, width, height } of slide.info.levels) {
    const [ours, other] = [await level(slide, index), (await theirs.readRegion({ level: index, x: 0, y: 0, width, height })).data];
    expect(same(ours, other), `level ${index}`).toBe(true);
  }
  for (const { name } of slide.info.associated) {
    expect(same((await slide.readAssociated(name)).data, (await theirs.readAssociated(name)).data), name).toBe(true);
  }
  await theirs.close();
}

describe('Trestle', () => {
  test('tiles that overlap: the right and the lower one is shown', async () => {
    // Two by two tiles of 64 with 8 and 4 pixels shared; then a level without overlap.
    const stored = madeUpPicture(128, 128);
    const fields = (index: number): TiffField[] => [
      ascii(305, 'MedScan'),
      ascii(270, 'Background Color=FFFFFF;White Balance=FFFFFF;Objective Power=20;JPEG Quality=80;OverlapsXY= 8 4 0 0'),
      rational(282, 0.5 * (index + 1)),
      rational(283, 0.5 * (index + 1)),
    ];
    const path = await write({ levels: [stored, halve(stored)], fields });
    await using slide = await openSlide(path);
    expect(slide.info).toMatchObject({ vendor: 'trestle', width: 120, height: 124, objective: 20, mpp: { x: 0.5, y: 0.5 } });
    const shown = await level(slide, 0);
    const pixel = (x: number, y: number): number[] => [...shown.subarray((y * 120 + x) * 3, (y * 120 + x) * 3 + 3)];
    const at = (x: number, y: number): number[] => [...stored.data.subarray((y * 128 + x) * 3, (y * 128 + x) * 3 + 3)];
    expect(pixel(55, 59)).toEqual(at(55, 59));
    expect(pixel(56, 10)).toEqual(at(64, 10));
    expect(pixel(10, 60)).toEqual(at(10, 64));
    expect(pixel(119, 123)).toEqual(at(127, 127));
    expect(same(await level(slide, 1), halve(stored).data)).toBe(true);
    await besideOpenSlide(path);
  });
});

describe('Philips', () => {
  const attribute = (name: string, value: string): string =>
    `<Attribute Name="${name}" Group="0x0028" Element="0x0030" PMSVR="IString">${value}</Attribute>`;
  const spacing = (mm: number): string => attribute('DICOM_PIXEL_SPACING', `&quot;${mm}&quot; &quot;${mm}&quot;`);
  const represent = (mm: number, i: number): string =>
    `<DataObject ObjectType="PixelDataRepresentation">${spacing(mm)}${attribute('PIIM_PIXEL_DATA_REPRESENTATION_NUMBER', String(i))}</DataObject>`;
  const image = (type: string, inner: string): string =>
    `<DataObject ObjectType="DPScannedImage">${attribute('PIM_DP_IMAGE_TYPE', type)}${inner}</DataObject>`;
  const describeSlide = (images: string): string =>
    `<?xml version="1.0" encoding="UTF-8" ?>\n<DataObject ObjectType="DPUfsImport">${attribute('DICOM_MANUFACTURER', 'PHILIPS')}` +
    `<Attribute Name="PIM_DP_SCANNED_IMAGES" Group="0x301D" Element="0x1003" PMSVR="IDataObjectArray"><Array>${images}</Array></Attribute></DataObject>`;

  test('padded levels, tiles that were never scanned, label and macro inside the XML', async () => {
    // 300 × 200 pixels in a grid of 320 × 256; the level above covers 150 × 100 in 192 × 128.
    const [large, small] = [madeUpPicture(320, 256), madeUpPicture(192, 128)];
    const macro = madeUpPicture(40, 30);
    const jpeg = await sharp(macro.data, { raw: { width: 40, height: 30, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer();
    const xml = describeSlide(
      image(
        'WSI',
        `${spacing(0.00025)}<Attribute Name="PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE" Group="0x1001" Element="0x8B01" PMSVR="IDataObjectArray"><Array>${[0.00025, 0.0005].map(represent).join('')}</Array></Attribute>`,
      ) + image('MACROIMAGE', attribute('PIM_DP_IMAGE_DATA', jpeg.toString('base64'))),
    );
    const path = await write({
      levels: [large, small],
      compression: 'deflate',
      fields: (i) => [ascii(305, 'Philips DP v1.0'), ...(i === 0 ? [ascii(270, xml)] : [])],
      missing: [{ level: 0, tile: 1 }],
    });
    await using slide = await openSlide(path);
    expect(slide.info).toMatchObject({ vendor: 'philips', mpp: { x: 0.25, y: 0.25, source: 'tag' } });
    expect(slide.info.levels).toMatchObject([
      { width: 320, height: 256, downsample: 1, missingTiles: 1 },
      { width: 160, height: 128, downsample: 2, missingTiles: 0 },
    ]);
    const region = await slide.readRegion({ level: 0, x: 0, y: 0, width: 320, height: 64 });
    expect(region.missingTiles).toBe(1);
    expect(same(crop({ ...region }, 64, 0, 64, 64), new Uint8Array(64 * 64 * 3).fill(255))).toBe(true);
    expect(same(crop({ ...region }, 128, 0, 192, 64), crop(large, 128, 0, 192, 64))).toBe(true);
    expect((await slide.readRegion({ level: 0, x: 128, y: 0, width: 64, height: 64 })).missingTiles).toBeUndefined();
    expect(same(await level(slide, 1), crop(small, 0, 0, 160, 128))).toBe(true);
    expect(slide.info.associated).toEqual([{ name: 'macro', width: 40, height: 30 }]);
    await besideOpenSlide(path);
  });

  test('XML that cannot be read is refused, with document types above all', async () => {
    for (const xml of [
      '<DataObject',
      '<a/>',
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><DataObject ObjectType="DPUfsImport">&b;</DataObject>',
    ]) {
      const path = await write({ levels: [madeUpPicture(64, 64)], fields: () => [ascii(305, 'Philips DP v1.0'), ascii(270, xml)] });
      await expect(openSlide(path, { reader: 'tiff' })).rejects.toMatchObject({ code: 'slide/corrupt' });
    }
  });
});

describe('Leica', () => {
  const dimension = ({ width, height }: TiffPixels, r: number, ifd: number): string =>
    `<dimension sizeX="${width}" sizeY="${height}" r="${r}" ifd="${ifd}"/>`;
  const image = (view: string, dimensions: string, source = 'brightfield'): string =>
    `<image name="x"><creationDate>2020-01-01</creationDate><device model="SCN400" version="1"/><pixels sizeX="1" sizeY="1">${dimensions}</pixels><view ${view}/>` +
    `<scanSettings><objectiveSettings><objective>20</objective></objectiveSettings><illuminationSettings><numericalAperture>0.4</numericalAperture><illuminationSource>${source}</illuminationSource></illuminationSettings></scanSettings></image>`;
  const collect = (images: string): string =>
    `<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection name="c" sizeX="400000" sizeY="300000"><barcode>QUJD</barcode>${images}</collection></scn>`;
  // Two parts of 200 × 150 and 128 × 100 pixels of 500 nm on a slide of 800 × 600; each with a level of half the size.
  const parts = [madeUpPicture(200, 150), madeUpPicture(128, 100)] as const;
  const directories = [...parts.flatMap((part) => [part, halve(part)]), madeUpPicture(80, 60)];
  const views = [
    'sizeX="100000" sizeY="75000" offsetX="50000" offsetY="25000"',
    'sizeX="64000" sizeY="50000" offsetX="200000" offsetY="100000"',
  ];
  const describeSlide = (source?: string): string =>
    collect(
      image('sizeX="400000" sizeY="300000" offsetX="0" offsetY="0"', dimension(directories[4] as TiffPixels, 0, 4)) +
        views
          .map((view, i) =>
            image(view, dimension(parts[i] as TiffPixels, 0, 2 * i) + dimension(halve(parts[i] as TiffPixels), 1, 2 * i + 1), source),
          )
          .join(''),
    );
  const fieldsOf =
    (xml: string) =>
    (i: number): TiffField[] => [
      ascii(270, i === 0 ? xml : ''),
      { tag: 282, type: 'rational', values: [20000, 1] },
      { tag: 283, type: 'rational', values: [20000, 1] },
      { tag: 296, type: 'short', values: [3] },
    ];

  test('parts lie where the XML says, with white between them; the macro is no level', async () => {
    const path = await write({ levels: directories, fields: fieldsOf(describeSlide()), bigTiff: true });
    await using slide = await openSlide(path);
    expect(slide.info).toMatchObject({ vendor: 'leica', objective: 20, width: 800, height: 600, mpp: { x: 0.5, y: 0.5 } });
    expect(slide.info.levels.map(({ width, height }) => [width, height])).toEqual([
      [800, 600],
      [400, 300],
    ]);
    expect(slide.info.associated).toEqual([{ name: 'macro', width: 80, height: 60 }]);
    const { data } = await slide.readRegion({ level: 0, x: 90, y: 40, width: 500, height: 300 });
    const expected = { width: 500, height: 300, data: new Uint8Array(500 * 300 * 3).fill(255) };
    const place = (part: TiffPixels, x: number, y: number): void => {
      for (let line = 0; line < part.height; line++) {
        expected.data.set(part.data.subarray(line * part.width * 3, (line + 1) * part.width * 3), ((y + line) * 500 + x) * 3);
      }
    };
    place(parts[0], 10, 10);
    place(parts[1], 310, 160);
    expect(same(data, expected.data)).toBe(true);
    expect(same(crop({ width: 400, height: 300, data: await level(slide, 1) }, 50, 25, 100, 75), halve(parts[0]).data)).toBe(true);
    expect(same((await slide.readAssociated('macro')).data, directories[4]?.data as Uint8Array)).toBe(true);
    await besideOpenSlide(path);
  });

  test('fluorescence and directories that are not there are refused', async () => {
    const fluorescence = await write({ levels: directories, fields: fieldsOf(describeSlide('fluorescence')) });
    await expect(openSlide(fluorescence, { reader: 'tiff' })).rejects.toMatchObject({ code: 'slide/unsupported-layout' });
    const dangling = await write({ levels: directories.slice(0, 3), fields: fieldsOf(describeSlide()) });
    await expect(openSlide(dangling, { reader: 'tiff' })).rejects.toMatchObject({ code: 'slide/corrupt' });
  });
});

describe('Ventana', () => {
  const iScan = '<iScan ScanRes="0.25" Magnification="40" UnitNumber="BI1" Z-layers="1" AOI0="x"/>';
  const joint = (overlap: number): string =>
    `<TileJointInfo FlagJoined="1" Confidence="99" Direction="LEFT" Tile1="1" Tile2="2" OverlapX="${overlap}" OverlapY="0"/>`;
  const encode = (overlap: number): string =>
    `<EncodeInfo Ver="2"><SlideInfo/><SlideStitchInfo><ImageInfo AOIScanned="1" AOIIndex="0" NumRows="4" NumCols="4" Pos-X="0" Pos-Y="0" Width="256" Height="256">` +
    `${joint(overlap)}</ImageInfo></SlideStitchInfo><AoiOrigin><AOI0 OriginX="0" OriginY="0"/></AoiOrigin></EncodeInfo>`;
  const large = madeUpPicture(256, 256);
  const levels = [madeUpPicture(60, 90), large, halve(large)];
  const fields =
    (overlap: number | undefined) =>
    (i: number): TiffField[] =>
      i === 0
        ? [ascii(270, 'Label Image'), xmp(`<?xml version="1.0"?><Metadata>${iScan}</Metadata>`)]
        : [ascii(270, `level=${i - 1} mag=${40 / i} quality=90`), ...(i === 1 && overlap !== undefined ? [xmp(encode(overlap))] : [])];

  test('levels, pixel size and objective by what the scanner wrote', async () => {
    for (const overlap of [undefined, 0]) {
      const path = await write({ levels, fields: fields(overlap), bigTiff: true });
      await using slide = await openSlide(path, { reader: 'tiff' });
      expect(slide.info).toMatchObject({ vendor: 'ventana', objective: 40, mpp: { x: 0.25, y: 0.25, source: 'tag' } });
      expect(slide.info.associated).toEqual([{ name: 'macro', width: 60, height: 90 }]);
      expect(same(await level(slide, 0), large.data)).toBe(true);
      expect(same(await level(slide, 1), halve(large).data)).toBe(true);
    }
  });

  test('tiles that must be stitched are refused', async () => {
    const path = await write({ levels, fields: fields(12), bigTiff: true });
    await expect(openSlide(path, { reader: 'tiff' })).rejects.toMatchObject({ code: 'slide/unsupported-layout' });
  });
});

describe('OME', () => {
  const ome = (pixels: string, more = ''): string =>
    `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Instrument ID="Instrument:0"><Objective ID="Objective:0" NominalMagnification="40.0"/></Instrument>` +
    `<Image ID="Image:0" Name="slide">${pixels}</Image>${more}</OME>`;
  const pixels = (size: string, channel = '<Channel ID="Channel:0:0" SamplesPerPixel="3"/>'): string =>
    `<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" ${size}>${channel}<TiffData IFD="0" PlaneCount="1"/></Pixels>`;
  const size = 'SizeX="300" SizeY="211" SizeC="3" SizeZ="1" SizeT="1"';
  const base = madeUpPicture(300, 211);

  test('big-endian BigTIFF of planes apart with levels in SubIFDs; sizes in other units', async () => {
    for (const [physical, mpp] of [
      ['PhysicalSizeX="0.25" PhysicalSizeXUnit="µm" PhysicalSizeY="0.25" PhysicalSizeYUnit="&#181;m"', 0.25],
      ['PhysicalSizeX="250" PhysicalSizeXUnit="nm" PhysicalSizeY="0.00025" PhysicalSizeYUnit="mm"', 0.25],
    ] as const) {
      const description = ome(pixels(`${size} ${physical}`));
      const container = { endian: 'big', bigTiff: true, subIfds: true, planar: true, compression: 'deflate' } as const;
      const path = await write({ levels: [base, halve(base)], ...container, description });
      await using slide = await openSlide(path);
      expect(slide.info).toMatchObject({ objective: 40, mpp: { x: mpp, y: mpp, source: 'tag' } });
      expect(slide.info.levels.map(({ width }) => width)).toEqual([300, 150]);
      expect(same(await level(slide, 0), base.data)).toBe(true);
      expect(same(await level(slide, 1), halve(base).data)).toBe(true);
    }
  });

  test('a label beside the slide is no level', async () => {
    const label = madeUpPicture(150, 105);
    const more = `<Image ID="Image:1" Name="label image"><Pixels SizeX="150" SizeY="105" SizeC="3"><Channel SamplesPerPixel="3"/><TiffData IFD="1"/></Pixels></Image>`;
    const bytes = await writeTiff({
      levels: [base, halve(base)],
      tileSizePx: 64,
      compression: 'lzw',
      subIfds: true,
      description: ome(pixels(size), more),
      associated: { label },
    });
    const path = join(folder, 'label.ome.tif');
    writeFileSync(path, bytes);
    await using slide = await openSlide(path);
    expect(slide.info.levels).toHaveLength(2);
    expect(slide.info.associated).toEqual([{ name: 'label', width: 150, height: 105 }]);
    expect(same((await slide.readAssociated('label')).data, label.data)).toBe(true);
  });

  test('separate channels, focal planes, and sizes that differ from the directory are refused', async () => {
    const cases = [
      [pixels(size, '<Channel SamplesPerPixel="1"/>'), 'slide/unsupported-layout'],
      [pixels(size.replace('SizeZ="1"', 'SizeZ="5"')), 'slide/unsupported-layout'],
      [pixels(size.replace('300', '301')), 'slide/corrupt'],
    ] as const;
    for (const [said, code] of cases) {
      const path = await write({ levels: [base], description: ome(said) });
      await expect(openSlide(path, { reader: 'tiff' })).rejects.toMatchObject({ code });
    }
  });
});
