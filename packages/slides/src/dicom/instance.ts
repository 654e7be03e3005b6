import type { ByteSource } from '../byte-source.js';
import { slideError } from '../errors.js';
import {
  BadDataSet,
  type DataSet,
  decimalOf,
  floatOf,
  integerOf,
  itemsOf,
  longsOf,
  NeedMoreBytes,
  type PixelDataPlace,
  readDataSet,
  textOf,
} from './data-set.js';
import { TAG } from './tags.js';

const WHOLE_SLIDE_IMAGE = '1.2.840.10008.5.1.4.1.1.77.1.6';
/** How the frames of an instance are stored. */
type FrameCodec = 'none' | 'jpeg' | 'jpeg2000';

const CODECS: Readonly<Record<string, FrameCodec>> = {
  '1.2.840.10008.1.2': 'none',
  '1.2.840.10008.1.2.1': 'none',
  '1.2.840.10008.1.2.4.50': 'jpeg',
  '1.2.840.10008.1.2.4.51': 'jpeg',
  '1.2.840.10008.1.2.4.90': 'jpeg2000',
  '1.2.840.10008.1.2.4.91': 'jpeg2000',
};
const IMPLICIT = '1.2.840.10008.1.2';

/** The most that may stand before the pixels: positions of half a million frames. */
const MAX_HEADER_BYTES = 128 << 20;
const FIRST_READ = 1 << 16;
const MAX_SIDE = 2 ** 31 - 1;
/** A frame decoded may take so much, as a TIFF tile may. */
const MAX_FRAME_BYTES = 64 << 20;
const MAX_FRAMES = 1 << 22;

/** One file of a series: what it says of its image, and where its frames are. */
export interface DicomInstance {
  readonly source: ByteSource;
  readonly series: string;
  readonly sopInstance: string;
  /** Third value of the image type: `VOLUME`, `LABEL`, `OVERVIEW`, `THUMBNAIL`. */
  readonly flavour: string;
  /** Parts of one image share it. */
  readonly concatenation: string | undefined;
  /** Frames of the image before this part's first. */
  readonly frameOffset: number;
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly frames: number;
  readonly codec: FrameCodec;
  readonly samples: 1 | 3;
  readonly photometric: string;
  readonly planar: boolean;
  readonly pixels: PixelDataPlace;
  readonly extendedOffsets: Float64Array | undefined;
  readonly extendedLengths: Float64Array | undefined;
  /** Column and row of each frame's first pixel, 0-based, pair after pair; `undefined` = in order, all of them. */
  readonly positions: Int32Array | undefined;
  /** µm per pixel. */
  readonly mpp: { readonly x: number; readonly y: number } | null;
  readonly objective: number | null;
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Reads the header of a DICOM file; its pixels are left where they are.
 *
 * @throws SlidestreamError `slide/corrupt`, `slide/truncated`, `slide/too-large`, `slide/unsupported-format`,
 * `slide/unsupported-compression`, `slide/unsupported-layout`
 */
export async function readInstance(source: ByteSource): Promise<DicomInstance> {
  for (let length = FIRST_READ; ; length *= 4) {
    const bytes = await source.read(0, Math.min(length, source.size));
    try {
      return interpret(source, bytes);
    } catch (error) {
      if (error instanceof BadDataSet) {
        throw slideError('slide/corrupt', `the DICOM file is damaged: ${error.message}`, {
          where: { file: source.name, offset: error.offset },
          cause: error,
        });
      }
      if (!(error instanceof NeedMoreBytes)) throw error;
      if (bytes.length === source.size) {
        throw slideError('slide/truncated', 'the DICOM file ends before its pixels', {
          where: { file: source.name, offset: source.size },
          hint: 'Copy or download the file again',
        });
      }
      if (length >= MAX_HEADER_BYTES) {
        throw slideError('slide/too-large', `more than ${MAX_HEADER_BYTES} bytes before the pixels`, { where: { file: source.name } });
      }
    }
  }
}

function interpret(source: ByteSource, bytes: Uint8Array): DicomInstance {
  const where = { file: source.name };
  if (Buffer.from(bytes.subarray(128, 132)).toString('latin1') !== 'DICM') {
    throw slideError('slide/unsupported-format', 'this is no DICOM file', { where });
  }
  const { syntax, start } = readMeta(bytes, source.size);
  const codec = CODECS[syntax];
  if (codec === undefined) {
    throw slideError('slide/unsupported-compression', `DICOM transfer syntax ${syntax || 'unknown'} cannot be decoded`, {
      where,
      hint: 'Convert it to JPEG baseline, JPEG 2000 or uncompressed little endian',
    });
  }
  const { set, pixels } = readDataSet(bytes, start, syntax !== IMPLICIT, source.size);
  const sopClass = textOf(set, TAG.sopClass);
  if (sopClass !== WHOLE_SLIDE_IMAGE) {
    throw slideError('slide/unsupported-format', `DICOM of class ${sopClass ?? 'unknown'} is no whole-slide image`, { where });
  }
  if (pixels === undefined) throw slideError('slide/corrupt', 'the DICOM file holds no pixels', { where });
  const [tileWidth, tileHeight] = [integerOf(set, TAG.columns) ?? 0, integerOf(set, TAG.rows) ?? 0];
  const [width, height] = [integerOf(set, TAG.totalColumns) ?? tileWidth, integerOf(set, TAG.totalRows) ?? tileHeight];
  const frames = decimalOf(set, TAG.numberOfFrames) ?? 1;
  const samples = integerOf(set, TAG.samplesPerPixel) ?? 1;
  const corrupt = (what: string): Error => slideError('slide/corrupt', `the DICOM file is damaged: ${what}`, { where });
  const unsupported = (what: string): Error => slideError('slide/unsupported-layout', `DICOM of ${what} cannot be read`, { where });
  if (!isSide(width) || !isSide(height)) throw corrupt(`an image of ${width} × ${height} pixels`);
  if (!isSide(tileWidth) || !isSide(tileHeight)) throw corrupt(`frames of ${tileWidth} × ${tileHeight} pixels`);
  if (!Number.isInteger(frames) || frames < 1) throw corrupt(`${frames} frames`);
  if (tileWidth * tileHeight * 3 > MAX_FRAME_BYTES || frames > MAX_FRAMES) {
    throw slideError('slide/too-large', `${frames} frames of ${tileWidth} × ${tileHeight} pixels are more than this reader takes`, {
      where,
    });
  }
  if (samples !== 1 && samples !== 3) throw unsupported(`${samples} samples a pixel`);
  const bits = integerOf(set, TAG.bitsAllocated);
  if (bits !== 8 || (integerOf(set, TAG.bitsStored) ?? 8) !== 8 || (integerOf(set, TAG.pixelRepresentation) ?? 0) !== 0) {
    throw unsupported(`${bits} bits a sample`);
  }
  if ((integerOf(set, TAG.opticalPaths) ?? 1) > 1) throw unsupported('several optical paths');
  if ((integerOf(set, TAG.focalPlanes) ?? 1) > 1) throw unsupported('several focal planes');
  return {
    source,
    series: textOf(set, TAG.seriesInstance) ?? '',
    sopInstance: textOf(set, TAG.sopInstance) ?? source.name,
    flavour: textOf(set, TAG.imageType)?.split('\\')[2]?.trim() ?? 'VOLUME',
    concatenation: textOf(set, TAG.concatenation),
    frameOffset: integerOf(set, TAG.concatenationFrameOffset) ?? 0,
    ...{ width, height, tileWidth, tileHeight, frames, codec, samples, pixels },
    photometric: textOf(set, TAG.photometric) ?? '',
    planar: integerOf(set, TAG.planarConfiguration) === 1,
    extendedOffsets: longsOf(set, TAG.extendedOffsets),
    extendedLengths: longsOf(set, TAG.extendedLengths),
    positions:
      textOf(set, TAG.dimensionOrganization) === 'TILED_FULL'
        ? undefined
        : positionsOf(set, frames, { width, height, tileWidth, tileHeight }),
    mpp: pixelSizeOf(set, width, height),
    objective: objectiveOf(set),
    properties: propertiesOf(set),
  };
}

/** The file meta information, which always names its types, and where it ends. */
function readMeta(bytes: Uint8Array, size: number): { syntax: string; start: number } {
  // Group length: its value says how many bytes follow it.
  if (bytes.length < 144) throw new NeedMoreBytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(132, true) !== 0x00000002 || view.getUint16(138, true) !== 4)
    throw new BadDataSet('the file meta information has no length', 132);
  const start = 144 + view.getUint32(140, true);
  if (start > size) throw new BadDataSet('the file meta information reaches past the end of the file', 132);
  if (start > bytes.length) throw new NeedMoreBytes();
  const { set } = readDataSet(bytes.subarray(0, start), 144, true, start);
  return { syntax: textOf(set, TAG.transferSyntax) ?? '', start };
}

/** Places of frames that are not all there; `undefined` when the file names none and one frame is the image. */
function positionsOf(
  set: DataSet,
  frames: number,
  { width, height, tileWidth, tileHeight }: { width: number; height: number; tileWidth: number; tileHeight: number },
): Int32Array | undefined {
  if (!set.elements.has(TAG.perFrameGroups)) {
    if (frames === Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight)) return undefined;
    throw new BadDataSet('the places of the frames are missing', 0);
  }
  const positions = new Int32Array(frames * 2);
  let frame = 0;
  for (const group of itemsOf(set, TAG.perFrameGroups)) {
    if (frame >= frames) break;
    const [plane] = itemsOf(group, TAG.planePositionSlide);
    const column = plane === undefined ? undefined : integerOf(plane, TAG.columnPosition);
    const row = plane === undefined ? undefined : integerOf(plane, TAG.rowPosition);
    if (column === undefined || row === undefined) {
      if (frames === 1 && tileWidth >= width && tileHeight >= height) return undefined;
      throw new BadDataSet(`the place of frame ${frame} is missing`, 0);
    }
    positions[2 * frame] = column - 1;
    positions[2 * frame + 1] = row - 1;
    frame++;
  }
  if (frame < frames) throw new BadDataSet(`${frames} frames, places of ${frame}`, 0);
  return positions;
}

function pixelSizeOf(set: DataSet, width: number, height: number): DicomInstance['mpp'] {
  for (const groups of itemsOf(set, TAG.sharedGroups)) {
    for (const measures of itemsOf(groups, TAG.pixelMeasures)) {
      const size = sizeInMicrometres(decimalOf(measures, TAG.pixelSpacing, 1), decimalOf(measures, TAG.pixelSpacing, 0));
      if (size !== null) return size;
    }
  }
  const [across, down] = [floatOf(set, TAG.imagedVolumeWidth), floatOf(set, TAG.imagedVolumeHeight)];
  return across === undefined || down === undefined ? null : sizeInMicrometres(across / width, down / height);
}

function sizeInMicrometres(x: number | undefined, y: number | undefined): DicomInstance['mpp'] {
  return x !== undefined && y !== undefined && x > 0 && y > 0 ? { x: 1000 * x, y: 1000 * y } : null;
}

function objectiveOf(set: DataSet): number | null {
  for (const path of itemsOf(set, TAG.opticalPathSequence)) {
    const power = decimalOf(path, TAG.objectiveLensPower);
    if (power !== undefined && power > 0) return power;
  }
  return null;
}

function propertiesOf(set: DataSet): Record<string, string> {
  const named = {
    'dicom.ContainerIdentifier': TAG.containerIdentifier,
    'dicom.ImageType': TAG.imageType,
    'dicom.Manufacturer': TAG.manufacturer,
    'dicom.ManufacturerModelName': TAG.manufacturerModel,
    'dicom.DeviceSerialNumber': TAG.deviceSerial,
    'dicom.SoftwareVersions': TAG.softwareVersions,
    'dicom.PhotometricInterpretation': TAG.photometric,
    'dicom.SeriesInstanceUID': TAG.seriesInstance,
    'dicom.StudyInstanceUID': TAG.studyInstance,
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, tag]) => [textOf(set, tag)].flatMap((text) => (text === undefined ? [] : [[name, text]]))),
  );
}

function isSide(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MAX_SIDE;
}
