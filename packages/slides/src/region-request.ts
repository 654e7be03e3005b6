import { slideError } from './errors.js';
import type { RegionRequest, SlideLevel } from './slide.js';

/** A region of more bytes is asked for by mistake. */
const MAX_REGION_BYTES = 1 << 30;

/** The level that a region asks for. @throws SlidestreamError `slide/bad-region` (usage) for a request that makes no sense */
export function checkRegion(request: RegionRequest, levels: readonly SlideLevel[], file: string): SlideLevel {
  const { level, x, y, width, height } = request;
  const found = levels[level];
  if (found === undefined) throw bad(`there is no level ${level}, only 0 to ${levels.length - 1}`, file);
  if (!isPlace(x) || !isPlace(y)) throw bad(`x ${x}, y ${y} are no level-0 pixels`, file);
  if (!isSize(width) || !isSize(height)) throw bad(`a region of ${width} × ${height} pixels`, file);
  if (width * height * 3 > MAX_REGION_BYTES) throw bad(`a region of ${width} × ${height} pixels is too large: read it in parts`, file);
  if (request.out !== undefined && request.out.length < width * height * 3) {
    throw bad(`${request.out.length} bytes of memory for a region of ${width} × ${height} pixels`, file);
  }
  return found;
}

function isPlace(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function isSize(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 2 ** 31;
}

function bad(message: string, file: string): Error {
  return slideError('slide/bad-region', message, { category: 'usage', where: { file } });
}
