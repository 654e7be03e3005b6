import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { readFeatures } from '@slidestream/formats';
import type { FeatureSource, SlideFeatures } from './feature-batches.js';
import { gridCells } from './grid-cells.js';

const EXTENSIONS = ['.pt', '.h5', '.safetensors'];
/** The folders in which CLAM and `slidestream embed` keep features below the one that is named. */
const SUBFOLDERS = ['pt_files', 'h5_files', 'safetensors_files'];
/** Features kept in memory between epochs. */
const CACHE_BYTES = 1024 ** 3;

/** A folder of feature files as a {@link FeatureSource}. */
export interface FeatureFolder extends FeatureSource {
  /** The folder in which the files lie. */
  readonly folder: string;
  readonly files: ReadonlySet<string>;
}

/**
 * Feature bags in a folder, one `.pt`, `.h5` or `.safetensors` a slide, named by the slide; read when needed, up to 1 GiB kept.
 *
 * @throws SlidestreamError `pipelines/no-features`, `pipelines/duplicate-features`
 */
export async function openFeatureFolder(path: string): Promise<FeatureFolder> {
  const folder = await featureFolder(path);
  const names = (await readdir(folder)).filter((name) => EXTENSIONS.includes(extname(name).toLowerCase())).sort();
  const bySlide = new Map<string, string>();
  for (const name of names) {
    const slide = basename(name, extname(name));
    const other = bySlide.get(slide);
    if (other !== undefined) throw duplicate(slide, folder, [basename(other), name]);
    bySlide.set(slide, join(folder, name));
  }
  const [first] = bySlide.values();
  if (first === undefined) throw noFeatures(path);
  const cache = new Map<string, SlideFeatures>();
  let cachedBytes = 0;
  const read = async (slide: string): Promise<SlideFeatures> => {
    const cached = cache.get(slide);
    if (cached !== undefined) return cached;
    const file = bySlide.get(slide);
    if (file === undefined) throw noFeatures(join(folder, slide));
    const features = await readFile(file);
    if (cachedBytes + features.data.byteLength <= CACHE_BYTES) {
      cache.set(slide, features);
      cachedBytes += features.data.byteLength;
    }
    return features;
  };
  const { width } = await readFile(first);
  return { folder, files: new Set(bySlide.values()), width, has: (slide) => bySlide.has(slide), read };
}

async function readFile(file: string): Promise<SlideFeatures> {
  const { features, count, dim, coords, attributes } = await readFeatures(file);
  const { patch_size_level0: edge } = attributes;
  const positions = coords === null ? undefined : gridCells(coords, typeof edge === 'number' && edge > 0 ? edge : undefined);
  return { data: features, instances: count, width: dim, positions };
}

async function featureFolder(path: string): Promise<string> {
  try {
    const entries = await readdir(path);
    for (const name of SUBFOLDERS) if (entries.includes(name) && (await stat(join(path, name))).isDirectory()) return join(path, name);
    return path;
  } catch (error) {
    throw ioError(error, path);
  }
}

function noFeatures(file: string): SlidestreamError {
  return new SlidestreamError({
    code: 'pipelines/no-features',
    category: 'data',
    message: `there are no feature files (${EXTENSIONS.join(', ')})`,
    where: { file },
    hint: 'Make them with slidestream embed',
  });
}

function duplicate(slide: string, file: string, names: readonly string[]): SlidestreamError {
  return new SlidestreamError({
    code: 'pipelines/duplicate-features',
    category: 'data',
    message: `two files hold features: ${names.join(' and ')}`,
    where: { slide, file },
    hint: 'Remove one of them',
  });
}
