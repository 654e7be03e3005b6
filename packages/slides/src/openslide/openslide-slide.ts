import { mpp as checkMpp } from '@slidestream/core';
import { slideError, throwIfAborted } from '../errors.js';
import { noSuchImage } from '../pyramid-slide.js';
import { checkRegion } from '../region-request.js';
import type { OpenSlideOptions, Slide, SlideInfo } from '../slide.js';
import { openInChild } from './child-slide.js';
import type { OpenSlideDescription } from './messages.js';

const DEFAULT_TIMEOUT_MS = 60_000;
/** A region goes from process to process whole. */
const MAX_REGION_PIXELS = 1 << 26;
const MAX_LEVELS = 128;

/**
 * Opens a slide with OpenSlide in a process of its own. Regions start at whole level-0 pixels; absent tiles are white, and OpenSlide does
 * not tell of them.
 *
 * @throws SlidestreamError `slide/no-openslide`, `slide/unsupported-format`, `slide/reader-failed`, `slide/reader-died`, `slide/reader-timeout`
 */
export async function openWithOpenSlide(path: string, options: OpenSlideOptions): Promise<Slide> {
  const child = await openInChild(path, options.readerTimeoutMs ?? DEFAULT_TIMEOUT_MS);
  let info: SlideInfo;
  try {
    info = describe(path, child.description, options);
  } catch (error) {
    await child.close();
    throw error;
  }
  let closed = false;
  const checkOpen = (): void => {
    if (closed) throw slideError('slide/closed', 'the slide is closed', { category: 'usage', where: { file: path } });
  };
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await child.close();
  };
  return {
    info,
    async readRegion(request) {
      checkOpen();
      throwIfAborted(request.signal);
      const { width, height, level, out } = request;
      checkRegion(request, info.levels, path);
      if (width * height > MAX_REGION_PIXELS) {
        throw slideError('slide/bad-region', `a region of ${width} × ${height} pixels is too large: read it in parts`, {
          category: 'usage',
          where: { file: path },
        });
      }
      const data = await child.ask({ op: 'region', level, x: Math.round(request.x), y: Math.round(request.y), width, height });
      throwIfAborted(request.signal);
      if (out === undefined) return { width, height, data };
      out.set(data);
      return { width, height, data: out.subarray(0, data.length) };
    },
    countMissing: () => 0,
    async readAssociated(name) {
      checkOpen();
      const image = info.associated.find((one) => one.name === name);
      const names = info.associated.map((one) => one.name);
      if (image === undefined) throw noSuchImage(name, names, path);
      return { width: image.width, height: image.height, data: await child.ask({ op: 'associated', name }) };
    },
    readRawTile: async () => null,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function describe(path: string, description: OpenSlideDescription, options: OpenSlideOptions): SlideInfo {
  const { levels, associated, properties, version } = description;
  const [base] = levels;
  const sound = levels.length <= MAX_LEVELS && levels.every(({ width, height, downsample }) => width > 0 && height > 0 && downsample >= 1);
  if (base === undefined || !sound) throw slideError('slide/corrupt', 'OpenSlide gives levels without pixels', { where: { file: path } });
  const numberOf = (name: string): number | null => {
    const value = Number(properties[name] ?? Number.NaN);
    return value > 0 && Number.isFinite(value) ? value : null;
  };
  const [x, y] = [numberOf('openslide.mpp-x'), numberOf('openslide.mpp-y')];
  const given = typeof options.mpp === 'number' ? { x: options.mpp, y: options.mpp } : options.mpp;
  const said = x === null || y === null ? null : ({ x, y, source: 'tag' } as const);
  return {
    path,
    vendor: properties['openslide.vendor'] ?? 'openslide',
    reader: { name: 'openslide', version },
    width: base.width,
    height: base.height,
    mpp: given === undefined ? said : { x: checkMpp(given.x), y: checkMpp(given.y), source: 'given' },
    objective: numberOf('openslide.objective-power'),
    levels: levels.map(({ width, height, downsample }, index) => ({
      ...{ index, width, height, downsample },
      tileWidth: numberOf(`openslide.level[${index}].tile-width`) ?? width,
      tileHeight: numberOf(`openslide.level[${index}].tile-height`) ?? height,
      compression: 'unknown',
    })),
    associated,
    properties,
  };
}
