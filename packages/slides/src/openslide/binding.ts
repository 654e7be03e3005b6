import { createRequire } from 'node:module';
import type { AssociatedImage } from '../slide.js';
import type { OpenSlideDescription, OpenSlideFailure } from './messages.js';

type Pointer = unknown;

/** An OpenSlide error on its way out of the process. */
export class OpenSlideError extends Error {
  readonly failure: OpenSlideFailure;
  constructor(failure: OpenSlideFailure, message: string) {
    super(message);
    this.name = 'OpenSlideError';
    this.failure = failure;
  }
}

/** A slide that is open in OpenSlide, in this very process. */
export interface BoundSlide {
  readonly description: OpenSlideDescription;
  /** uint8 RGB [height, width, 3]; what is transparent lies over white. */
  readRegion(level: number, x: number, y: number, width: number, height: number): Uint8Array;
  readAssociated(name: string): Uint8Array;
}

/** The most names that a list has; a library that gives more is none. */
const MAX_NAMES = 65536;

/**
 * Loads OpenSlide and opens a slide in it. A broken file can end the process: only a process of its own calls this.
 *
 * @param libraries places of the shared library, the first that loads is taken
 * @throws OpenSlideError
 */
export function bindOpenSlide(path: string, libraries: readonly string[]): BoundSlide {
  const koffi = loadKoffi();
  const library = firstOf(koffi, libraries);
  const { version, detectVendor, open, getError, levelCount, levelDimensions, levelDownsample, ...functions } = functionsOf(library);
  const { propertyNames, propertyValue, associatedNames, associatedSize, readRegion, readAssociated } = functions;

  if (detectVendor(path) === null) throw new OpenSlideError('unsupported', 'OpenSlide does not know the format');
  const slide: Pointer = open(path);
  if (slide === null) throw new OpenSlideError('unsupported', 'OpenSlide does not know the format');
  const check = (): void => {
    const message: string | null = getError(slide);
    if (message !== null) throw new OpenSlideError('failed', message);
  };
  check();
  const names = (list: Pointer): string[] => {
    const found: string[] = [];
    for (let i = 0; i < MAX_NAMES; i++) {
      const name: string | null = koffi.decode(list, i * 8, 'const char *');
      if (name === null) break;
      found.push(name);
    }
    return found;
  };
  const size = (ask: (width: number[], height: number[]) => void): { width: number; height: number } => {
    const [width, height] = [[0], [0]];
    ask(width, height);
    check();
    return { width: Number(width[0]), height: Number(height[0]) };
  };
  const levels = Array.from({ length: levelCount(slide) }, (_, level) => ({
    ...size((width, height) => levelDimensions(slide, level, width, height)),
    downsample: levelDownsample(slide, level),
  }));
  const associated: AssociatedImage[] = names(associatedNames(slide)).map((name) => ({
    name,
    ...size((width, height) => associatedSize(slide, name, width, height)),
  }));
  const properties = Object.fromEntries(names(propertyNames(slide)).map((name) => [name, String(propertyValue(slide, name) ?? '')]));
  check();
  return {
    description: { version: version(), levels, associated, properties },
    readRegion(level, x, y, width, height) {
      const pixels = new Uint8Array(width * height * 4);
      readRegion(slide, pixels, x, y, level, width, height);
      check();
      return overWhite(pixels);
    },
    readAssociated(name) {
      const image = associated.find((one) => one.name === name);
      if (image === undefined) throw new OpenSlideError('failed', `there is no image "${name}"`);
      const pixels = new Uint8Array(image.width * image.height * 4);
      readAssociated(slide, name, pixels);
      check();
      return overWhite(pixels);
    },
  };
}

function loadKoffi(): typeof import('koffi') {
  try {
    return createRequire(import.meta.url)('koffi');
  } catch {
    throw new OpenSlideError('no-library', 'the optional package koffi is absent');
  }
}

function firstOf(koffi: typeof import('koffi'), libraries: readonly string[]): ReturnType<(typeof koffi)['load']> {
  let reason = 'no place to look for it';
  for (const place of libraries) {
    try {
      return koffi.load(place);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  throw new OpenSlideError('no-library', reason);
}

/** Premultiplied ARGB words, as cairo keeps them, to RGB over white. */
function overWhite(words: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((words.length / 4) * 3);
  for (let from = 0, to = 0; from < words.length; from += 4, to += 3) {
    const white = 255 - (words[from + 3] as number);
    rgb[to] = (words[from + 2] as number) + white;
    rgb[to + 1] = (words[from + 1] as number) + white;
    rgb[to + 2] = (words[from] as number) + white;
  }
  return rgb;
}

/** OpenSlide's interface, the same in 3.4 and 4. */
function functionsOf(library: ReturnType<typeof import('koffi')['load']>) {
  try {
    return {
      version: library.func('const char *openslide_get_version()'),
      detectVendor: library.func('const char *openslide_detect_vendor(const char*)'),
      open: library.func('void *openslide_open(const char*)'),
      getError: library.func('const char *openslide_get_error(void*)'),
      levelCount: library.func('int32_t openslide_get_level_count(void*)'),
      levelDimensions: library.func('void openslide_get_level_dimensions(void*, int32_t, _Out_ int64_t*, _Out_ int64_t*)'),
      levelDownsample: library.func('double openslide_get_level_downsample(void*, int32_t)'),
      propertyNames: library.func('void *openslide_get_property_names(void*)'),
      propertyValue: library.func('const char *openslide_get_property_value(void*, const char*)'),
      associatedNames: library.func('void *openslide_get_associated_image_names(void*)'),
      associatedSize: library.func('void openslide_get_associated_image_dimensions(void*, const char*, _Out_ int64_t*, _Out_ int64_t*)'),
      readRegion: library.func('void openslide_read_region(void*, void*, int64_t, int64_t, int32_t, int64_t, int64_t)'),
      readAssociated: library.func('void openslide_read_associated_image(void*, const char*, void*)'),
    };
  } catch (error) {
    throw new OpenSlideError('no-library', error instanceof Error ? error.message : String(error));
  }
}
