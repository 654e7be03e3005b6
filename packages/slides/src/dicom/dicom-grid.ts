import { readCodestreamHeader } from '../codecs/codestream-header.js';
import { decodeJpeg2000 } from '../codecs/jpeg2000.js';
import { joinPlanes, samplesToRgb, ycbcrToRgb } from '../codecs/samples-to-rgb.js';
import { slideError } from '../errors.js';
import { decodeJpegAs } from '../jpeg/decode-jpeg.js';
import { completeJpeg, readJpegHeader } from '../jpeg/stream.js';
import type { TileGrid } from '../tiled-image.js';
import { type FramePlaces, findFrames, readFrame } from './frames.js';
import type { DicomInstance } from './instance.js';

/** Tiles of one image: their places take 20 bytes each. */
const MAX_TILES = 1 << 22;
/** A stream may be larger than its pixels by so much; what claims more is not read. */
const MAX_INFLATION = 2;
const SMALL = 1 << 20;

/**
 * The tiles of an image that one instance holds, or several of one concatenation.
 *
 * @throws SlidestreamError `slide/corrupt`, `slide/truncated`, `slide/too-large`, `slide/unsupported-layout`
 */
export async function createDicomGrid(parts: readonly DicomInstance[]): Promise<TileGrid> {
  const first = parts[0] as DicomInstance;
  const { width, height, tileWidth, tileHeight } = first;
  const where = { file: first.source.name };
  for (const part of parts) {
    const same = part.width === width && part.height === height && part.tileWidth === tileWidth && part.tileHeight === tileHeight;
    if (!same) throw slideError('slide/corrupt', 'parts of one DICOM image are of unlike sizes', { where: { file: part.source.name } });
  }
  const columns = Math.ceil(width / tileWidth);
  const rows = Math.ceil(height / tileHeight);
  if (columns * rows > MAX_TILES) throw slideError('slide/too-large', `a grid of ${columns} × ${rows} tiles`, { where });
  const places: FramePlaces[] = [];
  for (const part of parts) places.push(await findFrames(part));
  const owners = new Int16Array(columns * rows).fill(-1);
  const frames = new Int32Array(columns * rows);
  for (const [owner, part] of parts.entries()) {
    for (let frame = 0; frame < part.frames; frame++) {
      const index = indexOf(part, frame, columns, rows);
      if (owners[index] !== -1) {
        throw slideError('slide/unsupported-layout', 'several frames lie at one place: focal planes or optical paths', { where });
      }
      owners[index] = owner;
      frames[index] = frame;
    }
  }
  const read = (index: number): Promise<Uint8Array> => {
    const owner = owners[index] as number;
    const most = tileWidth * tileHeight * 3 * MAX_INFLATION + SMALL;
    return readFrame((parts[owner] as DicomInstance).source, places[owner] as FramePlaces, frames[index] as number, most);
  };
  return {
    ...{ width, height, tileWidth, tileHeight, columns, rows },
    compression: first.codec,
    sparse: parts.every(({ positions }) => positions !== undefined),
    isMissing: (index) => owners[index] === -1,
    placeOf: (index) => {
      const owner = Math.max(0, owners[index] as number);
      return { file: (parts[owner] as DicomInstance).source.name, offset: places[owner]?.starts[frames[index] as number] };
    },
    decode: async (column, row) => {
      const index = row * columns + column;
      return decodeFrame(parts[owners[index] as number] as DicomInstance, await read(index));
    },
    async readRaw(column, row) {
      const index = row * columns + column;
      const part = parts[owners[index] as number] as DicomInstance;
      if (part.codec !== 'jpeg') return null;
      const header = readJpegHeader(await read(index));
      if (header.width !== tileWidth || header.height !== tileHeight)
        throw slideError('slide/corrupt-tile', 'the JPEG stream is of another size than its frame');
      return { compression: 'jpeg', bytes: completeJpeg(header, header.saysColour ? header.colour : taggedColour(part)) };
    },
  };
}

/** Where a frame lies on the grid. */
function indexOf(part: DicomInstance, frame: number, columns: number, rows: number): number {
  const where = { file: part.source.name };
  if (part.positions === undefined) {
    const index = part.frameOffset + frame;
    if (index < columns * rows) return index;
    throw slideError('slide/unsupported-layout', `more frames than the ${columns} × ${rows} tiles of the image`, { where });
  }
  const [x, y] = [part.positions[2 * frame] as number, part.positions[2 * frame + 1] as number];
  if (x < 0 || y < 0 || x >= part.width || y >= part.height) {
    throw slideError('slide/corrupt', `frame ${frame} lies at ${x}, ${y}, outside the image`, { where });
  }
  if (x % part.tileWidth !== 0 || y % part.tileHeight !== 0) {
    throw slideError('slide/unsupported-layout', 'DICOM frames that do not lie on a grid cannot be read', { where });
  }
  return (y / part.tileHeight) * columns + x / part.tileWidth;
}

async function decodeFrame(part: DicomInstance, bytes: Uint8Array): Promise<Uint8Array> {
  const { codec, tileWidth: width, tileHeight: height, samples } = part;
  if (codec === 'jpeg') {
    const checkSize = (w: number, h: number): void => {
      if (w === width && h === height) return;
      throw slideError('slide/corrupt-tile', `the JPEG stream says ${w} × ${h} pixels, the frame has ${width} × ${height}`);
    };
    return (await decodeJpegAs(bytes, { checkSize, unsaid: taggedColour(part) })).data;
  }
  if (codec === 'jpeg2000') return decodeJpeg2000(bytes, width, height, layoutOfCodestream(part, bytes));
  const layout = layoutOfSamples(part);
  const pixels = width * height;
  if (samples === 1) return samplesToRgb(bytes, layout === 'grey-inverted' ? layout : 'grey', pixels);
  if (part.planar) {
    const planes = [0, 1, 2].map((plane) => samplesToRgb(bytes.subarray(plane * pixels, (plane + 1) * pixels), 'grey', pixels));
    return joinPlanes(planes, layout);
  }
  if (layout === 'ycbcr') ycbcrToRgb(bytes);
  return bytes;
}

/** What the tag says of a JPEG's colour, for streams that do not say it themselves. */
function taggedColour({ photometric }: DicomInstance): 'rgb' | 'ycbcr' {
  return photometric === 'RGB' ? 'rgb' : 'ycbcr';
}

/** A codestream with a component transform decodes to RGB, whatever the tag says; one without holds what the tag says. */
function layoutOfCodestream({ samples, photometric }: DicomInstance, bytes: Uint8Array): 'grey' | 'rgb' | 'ycbcr' {
  if (samples === 1) return 'grey';
  return photometric.startsWith('YBR_FULL') && !readCodestreamHeader(bytes).componentTransform ? 'ycbcr' : 'rgb';
}

function layoutOfSamples({ samples, photometric, source }: DicomInstance): 'grey' | 'grey-inverted' | 'rgb' | 'ycbcr' {
  if (samples === 1 && photometric === 'MONOCHROME2') return 'grey';
  if (samples === 1 && photometric === 'MONOCHROME1') return 'grey-inverted';
  if (samples === 3 && photometric === 'RGB') return 'rgb';
  if (samples === 3 && photometric === 'YBR_FULL') return 'ycbcr';
  throw slideError('slide/unsupported-layout', `uncompressed DICOM of ${photometric || 'no photometric interpretation'} cannot be read`, {
    where: { file: source.name },
  });
}
