import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import type { ByteSource } from '../byte-source.js';
import { decodeChunk } from '../codecs/decode-chunk.js';
import { joinPlanes } from '../codecs/samples-to-rgb.js';
import { slideError } from '../errors.js';
import { colourInTiff, completeJpeg, readJpegHeader, readJpegTables } from '../jpeg/stream.js';
import type { TileGrid } from '../tiled-image.js';
import type { TiffImage } from './image.js';

/** No codec makes more of a tile than this; what claims to is not read. */
const MAX_INFLATION = 2;
const SMALL = 1 << 20;

/** What a vendor says of a file's tiles beyond TIFF's own tags. */
export interface TiffGridOptions {
  /** Absent tiles were never scanned. */
  readonly sparse?: boolean | undefined;
  readonly overlapX?: number | undefined;
  readonly overlapY?: number | undefined;
  /** Size where the tags tell that of the padded grid. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

/** The tiles or strips of a TIFF image. @throws SlidestreamError `slide/corrupt-tile` for broken JPEG tables */
export function createTiffGrid(source: ByteSource, image: TiffImage, options: TiffGridOptions = {}): TileGrid {
  const { tileWidth, tileHeight, columns, rows, tiled, planes } = image;
  const tables = tablesOf(source, image);
  const rowsOf = (row: number): number => (tiled ? tileHeight : Math.min(tileHeight, image.height - row * tileHeight));

  const readStored = (index: number, height: number): Promise<Uint8Array> => {
    const [offset, length] = [image.offsets[index] as number, image.byteCounts[index] as number];
    if (length <= tileWidth * height * 3 * MAX_INFLATION + SMALL) return source.read(offset, length);
    throw slideError('slide/corrupt-tile', `it takes ${length} bytes, far more than its pixels`);
  };
  const { sparse = false, overlapX, overlapY } = options;
  const { width, height } = options.size ?? image;
  return {
    width,
    height,
    tileWidth,
    tileHeight,
    columns,
    rows,
    overlapX,
    overlapY,
    compression: image.compression,
    sparse,
    placeOf: (index) => ({ file: source.name, offset: image.offsets[index] }),
    isMissing: (index) => {
      for (let plane = 0; plane < planes; plane++) if (image.byteCounts[index + plane * columns * rows] === 0) return true;
      return false;
    },
    async decode(column, row) {
      const index = row * columns + column;
      const lines = rowsOf(row);
      if (planes === 1) return decodeChunk(image, await readStored(index, lines), lines, tables);
      const single: TiffImage = { ...image, layout: 'grey', samples: 1 };
      const decoded: Uint8Array[] = [];
      for (let plane = 0; plane < planes; plane++) {
        decoded.push(await decodeChunk(single, await readStored(index + plane * columns * rows, lines), lines, tables));
      }
      return joinPlanes(decoded, image.layout);
    },
    async readRaw(column, row) {
      if (image.compression !== 'jpeg' || !tiled || planes > 1) return null;
      const header = readJpegHeader(await readStored(row * columns + column, tileHeight), tables);
      if (header.width !== tileWidth || header.height !== tileHeight)
        throw slideError('slide/corrupt-tile', 'the JPEG stream is of another size than its tile');
      const tagged = image.layout === 'rgb' || image.layout === 'ycbcr' ? image.layout : 'grey';
      return { compression: 'jpeg', bytes: completeJpeg(header, colourInTiff(header, tagged)) };
    },
  };
}

function tablesOf(source: ByteSource, { jpegTables, directory }: TiffImage): readonly Uint8Array[] {
  try {
    return jpegTables === undefined ? [] : readJpegTables(jpegTables);
  } catch (cause) {
    if (!isSlidestreamError(cause)) throw cause;
    const message = `JPEGTables: ${cause.what}`;
    throw new SlidestreamError({ ...cause, message, where: { file: source.name, offset: directory.offset }, cause });
  }
}
