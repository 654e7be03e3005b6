import { createRequire } from 'node:module';
import {
  aperioDescription,
  cutTiles,
  halve,
  layOutTiff,
  madeUpPicture,
  type TiffField,
  writeDicom,
  writeTiff,
} from '@slidestream/testing/tiff';
import sharp from 'sharp';
import type { SlideReader } from '../slide.js';

/** A sound file of some format, small enough that most of it matters. */
export interface HostileSeed {
  readonly name: string;
  readonly reader: SlideReader;
  readonly bytes: Uint8Array;
}

const ascii = (tag: number, values: string): TiffField => ({ tag, type: 'ascii', values });
const long = (tag: number, ...values: number[]): TiffField => ({ tag, type: 'long', values });

/** One file of every format and codec that this package reads. */
export async function hostileSeeds(): Promise<HostileSeed[]> {
  const base = madeUpPicture(130, 100);
  const levels = [base, halve(base)];
  const description = aperioDescription({ width: 130, height: 100, mpp: 0.5, objective: 20 });
  const associated = { thumbnail: madeUpPicture(30, 20), label: madeUpPicture(10, 10) };
  const tiff = async (name: string, options: Omit<Parameters<typeof writeTiff>[0], 'levels'>): Promise<HostileSeed> => ({
    name,
    reader: 'tiff',
    bytes: await writeTiff({ levels, tileSizePx: 32, ...options }),
  });
  return [
    await tiff('aperio', { tileSizePx: 64, description, associated }),
    await tiff('bigtiff-subifds', { tileSizePx: 64, bigTiff: true, jpegTables: 'in-tile', subIfds: true }),
    await tiff('lzw-big-endian', { compression: 'lzw', predictor: 2, endian: 'big' }),
    await tiff('deflate-bigtiff', { compression: 'deflate', bigTiff: true, endian: 'big' }),
    await tiff('packbits-strips', { rowsPerStrip: 16, compression: 'packbits' }),
    await tiff('jpeg-strips', { rowsPerStrip: 16 }),
    await tiff('zstd-planar', { compression: 'zstd', planar: true }),
    await tiff('ome', { compression: 'deflate', description: OME }),
    await tiff('philips', { fields: (i) => [ascii(305, 'Philips'), ...(i === 0 ? [ascii(270, PHILIPS)] : [])] }),
    await tiff('leica', { compression: 'lzw', fields: (i) => (i === 0 ? [ascii(270, LEICA)] : []) }),
    await tiff('trestle', {
      compression: 'lzw',
      fields: () => [ascii(305, 'MedScan'), ascii(270, 'Objective Power=20;OverlapsXY= 4 4 2 2')],
    }),
    await tiff('ventana', {
      compression: 'lzw',
      fields: (i) => [ascii(270, `level=${i}`), ascii(700, '<iScan ScanRes="0.25" Magnification="40"/>')],
    }),
    { name: 'jpeg2000', reader: 'tiff', bytes: layOutTiff([{ fields: CODESTREAM_FIELDS, chunks: [await codestream()], tiled: true }]) },
    { name: 'webp', reader: 'tiff', bytes: layOutTiff([{ fields: webpFields(), chunks: [await encoded('webp')], tiled: true }]) },
    ...(await dicomSeeds()),
    { name: 'png', reader: 'auto', bytes: await encoded('png') },
    { name: 'progressive-jpeg', reader: 'auto', bytes: await sharpOf(base).jpeg({ progressive: true }).toBuffer() },
  ];
}

async function dicomSeeds(): Promise<HostileSeed[]> {
  const base = madeUpPicture(130, 100);
  const grid = { width: 130, height: 100, tileWidth: 64, tileHeight: 64, mpp: [0.5, 0.5], objective: 20 } as const;
  const frames = cutTiles(base, 64).map(({ data }) => data);
  const jpegs = await Promise.all(frames.map((data) => sharpOf({ width: 64, height: 64, data }).jpeg({ quality: 80 }).toBuffer()));
  const positions = frames.map((_, i) => [(i % 3) * 64, Math.floor(i / 3) * 64] as const);
  const dicom = (name: string, options: Partial<Parameters<typeof writeDicom>[0]>): HostileSeed => ({
    name: `dicom-${name}`,
    reader: 'dicom',
    bytes: writeDicom({ ...grid, frames, ...options }),
  });
  return [
    dicom('plain', { storage: 'implicit' }),
    dicom('sparse', {
      frames: jpegs.slice(1),
      positions: positions.slice(1),
      storage: 'jpeg',
      undefinedLengths: true,
      offsetTable: 'none',
      fragments: 2,
    }),
    dicom('extended', { frames: jpegs, storage: 'jpeg', offsetTable: 'extended' }),
    dicom('jpeg2000', { width: 64, height: 64, frames: [await codestream()], storage: 'jpeg2000' }),
  ];
}

function sharpOf({ width, height, data }: { width: number; height: number; data: Uint8Array }): ReturnType<typeof sharp> {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const encoded = (format: 'png' | 'webp'): Promise<Buffer> => sharpOf(madeUpPicture(64, 64)).toFormat(format).toBuffer();

async function codestream(): Promise<Uint8Array> {
  const codec = await createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/wasmjs')({ print: () => undefined });
  const encoder = new codec.J2KEncoder();
  encoder.getDecodedBuffer({ width: 64, height: 64, bitsPerSample: 8, componentCount: 3, isSigned: false }).set(madeUpPicture(64, 64).data);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}

const bits: TiffField = { tag: 258, type: 'short', values: [8, 8, 8] };
const CODESTREAM_FIELDS: readonly TiffField[] = [
  long(256, 64),
  long(257, 64),
  bits,
  long(259, 33005),
  long(262, 2),
  long(277, 3),
  long(322, 64),
  long(323, 64),
];

function webpFields(): TiffField[] {
  return CODESTREAM_FIELDS.map((field) => (field.tag === 259 ? long(259, 50001) : field));
}

const OME =
  '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Instrument><Objective NominalMagnification="40"/></Instrument><Image Name="a"><Pixels SizeX="130" SizeY="100" SizeC="3" SizeZ="1" SizeT="1" PhysicalSizeX="0.25" PhysicalSizeY="0.25"><Channel SamplesPerPixel="3"/><TiffData IFD="0"/></Pixels></Image></OME>';

const spacing = (mm: number): string => `<Attribute Name="DICOM_PIXEL_SPACING">&quot;${mm}&quot; &quot;${mm}&quot;</Attribute>`;
const PHILIPS = `<DataObject ObjectType="DPUfsImport"><Attribute Name="PIM_DP_SCANNED_IMAGES"><Array><DataObject ObjectType="DPScannedImage"><Attribute Name="PIM_DP_IMAGE_TYPE">WSI</Attribute>${spacing(0.00025)}<Attribute Name="S"><Array>${[0.00025, 0.0005].map((mm) => `<DataObject ObjectType="PixelDataRepresentation">${spacing(mm)}</DataObject>`).join('')}</Array></Attribute></DataObject></Array></Attribute></DataObject>`;

const leicaImage = (view: string, ifd: number, width: number, height: number): string =>
  `<image><pixels><dimension sizeX="${width}" sizeY="${height}" ifd="${ifd}"/></pixels><view ${view}/><scanSettings><illuminationSettings><illuminationSource>brightfield</illuminationSource></illuminationSettings></scanSettings></image>`;
const LEICA = `<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection sizeX="200000" sizeY="100000">${leicaImage('sizeX="65000" sizeY="50000" offsetX="10000" offsetY="5000"', 0, 130, 100)}${leicaImage('sizeX="200000" sizeY="100000" offsetX="0" offsetY="0"', 1, 65, 50)}</collection></scn>`;
