import { slideError, throwIfAborted } from './errors.js';
import { checkRegion } from './region-request.js';
import { shiftBilinear } from './resample-region.js';
import type { RegionRequest, RgbImage, Slide, SlideInfo } from './slide.js';
import type { PixelReader, PixelRectangle } from './tiled-image.js';

/** What a format's reader makes of a file. */
export interface PyramidParts {
  readonly info: SlideInfo;
  /** One reader a level, in the order of `info.levels`. */
  readonly levels: readonly PixelReader[];
  readonly associated: ReadonlyMap<string, () => Promise<RgbImage>>;
  /** Gives files and memory back; called once. */
  close(): Promise<void>;
}

/** A slide over the levels of a pyramid, whatever the format. */
export function createPyramidSlide({ info, levels, associated, ...parts }: PyramidParts): Slide {
  const file = info.path;
  let closed = false;
  const checkOpen = (): void => {
    if (closed) throw slideError('slide/closed', 'the slide is closed', { category: 'usage', where: { file } });
  };
  /** What of a level a region takes: a pixel more each way where it lies between pixels. */
  const placeOf = (request: RegionRequest): { level: PixelReader; rectangle: PixelRectangle; fractionX: number; fractionY: number } => {
    const { index, downsample } = checkRegion(request, info.levels, file);
    const [exactX, exactY] = [toLevel(request.x, downsample), toLevel(request.y, downsample)];
    const [x, y] = [Math.floor(exactX), Math.floor(exactY)];
    const [fractionX, fractionY] = [exactX - x, exactY - y];
    const more = fractionX === 0 && fractionY === 0 ? 0 : 1;
    const rectangle = { x, y, width: request.width + more, height: request.height + more };
    return { level: levels[index] as PixelReader, rectangle, fractionX, fractionY };
  };
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await parts.close();
  };

  return {
    info,
    async readRegion(request) {
      checkOpen();
      throwIfAborted(request.signal);
      const { width, height, signal, out } = request;
      const { level, rectangle, fractionX, fractionY } = placeOf(request);
      const absent = missing(level.countMissing(rectangle));
      if (fractionX === 0 && fractionY === 0) return { width, height, data: await level.read(rectangle, signal, out), ...absent };
      const data = shiftBilinear(await level.read(rectangle, signal), width, height, fractionX, fractionY, out);
      return { width, height, data, ...absent };
    },
    countMissing(request) {
      checkOpen();
      const { level, rectangle } = placeOf(request);
      return level.countMissing(rectangle);
    },
    async readAssociated(name) {
      checkOpen();
      const read = associated.get(name);
      if (read === undefined) throw noSuchImage(name, [...associated.keys()], file);
      return read();
    },
    async readRawTile(level, column, row) {
      checkOpen();
      return (await levels[level]?.readRaw(column, row)) ?? null;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @returns the error of an associated image that a slide does not have */
export function noSuchImage(name: string, names: readonly string[], file: string): Error {
  return slideError('slide/no-such-image', `there is no associated image "${name}"`, {
    category: 'usage',
    where: { file },
    hint: names.length === 0 ? 'The slide has none' : `There are ${names.join(', ')}`,
  });
}

/** What a product with a downsample and the quotient by it may lose of a whole number. */
const ROUNDING = 1e-6;

/** A level-0 coordinate on a level. What lies before the border is cut to whole pixels, as OpenSlide does. */
function toLevel(coordinate: number, downsample: number): number {
  const exact = coordinate / downsample;
  const whole = Math.round(exact);
  if (Math.abs(exact - whole) < ROUNDING) return whole;
  return coordinate < 0 ? Math.trunc(exact) : exact;
}

function missing(tiles: number): { missingTiles?: number } {
  return tiles === 0 ? {} : { missingTiles: tiles };
}
