import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TensorRecord } from '@slidestream/core';
import { writeFileAtomic } from '@slidestream/core/node';
import { makeFolder } from './exchange-folders.js';
import { type FeatureBag, type FeatureOrigin, type FeatureSystem, toNumbers } from './feature-bag.js';
import { readFeatures, writeFeatures } from './features.js';
import { formatError } from './format-error.js';
import type { AttributeValue } from './hdf5-attributes.js';
import type { Hdf5FeatureOptions } from './hdf5-features.js';
import { castNumbers } from './hdf5-numbers.js';
import { narrowFloats } from './narrow-floats.js';
import { encodeNpz, readNpz } from './npz.js';
import { parseSidecar, readSidecar } from './sidecar.js';

/** slideflow's configuration beside its bags. */
const BAGS_CONFIG = 'bags_config.json';

const sibling = (path: string, ending: string): string => path.replace(/\.[^.]*$/, ending);

/**
 * Reads the features of one slide as `system` keeps them, with all that is needed to write them back: for slideflow also `{slide}.index.npz` and
 * `bags_config.json`, for slide2vec `{id}.meta.json`.
 *
 * @throws SlidestreamError `format/*`, `pickle/*`, `io/*`
 */
export async function readFeatureFile(path: string, system: FeatureSystem, options: Hdf5FeatureOptions = {}): Promise<FeatureBag> {
  const bag = await readFeatures(path, options);
  if (system === 'slidestream') return bag;
  const origin: FeatureOrigin = {
    system,
    dataset: 'features',
    featureType: bag.origin?.featureType ?? 'float32',
    coordsType: null,
    attributes: { file: {}, features: {}, coords: {} },
  };
  if (system === 'slideflow') return readSlideflow(path, bag, origin);
  if (system === 'slide2vec') return readSlide2vec(path, bag, origin);
  if (/\.(h5|hdf5)$/i.test(path)) {
    const found = bag.origin as FeatureOrigin;
    // CLAM's and TRIDENT's files have the same datasets and differ in attributes, which either may lack.
    const alike = [found.system, system].every((name) => name === 'clam' || name === 'trident');
    if (found.system !== system && !alike)
      throw formatError('other-system', `the features are ${found.system}'s, not ${system}'s`, { file: path });
    return { ...bag, origin: { ...found, system } };
  }
  return { ...bag, origin };
}

async function readSlideflow(path: string, bag: FeatureBag, origin: FeatureOrigin): Promise<FeatureBag> {
  const configFile = join(dirname(path), BAGS_CONFIG);
  const sidecar = existsSync(configFile) ? await readSidecar(configFile) : undefined;
  const attributes = sidecar === undefined ? {} : tileAttributes(parseSidecar(sidecar, configFile));
  const kept = sidecar === undefined ? origin : { ...origin, sidecar };
  const index = sibling(path, '.index.npz');
  if (!existsSync(index)) return { ...bag, attributes, origin: kept };
  const arrays = await readNpz(index);
  const places = arrays.get('locations') ?? arrays.get('arr_0');
  if (places?.shape.join() !== `${bag.count},2`)
    throw formatError('features-coords', `the index has no place for each of ${bag.count} tiles`, { file: index });
  return {
    ...bag,
    coords: toNumbers(places),
    coordsUnit: 'px',
    coordsAnchor: 'centre',
    attributes,
    origin: { ...kept, coordsType: places.dtype, dataset: arrays.has('locations') ? 'locations' : 'arr_0' },
  };
}

/** Tile sizes of slideflow's configuration: `tile_um` is a number, or a magnification as text. */
function tileAttributes(config: unknown): Record<string, AttributeValue> {
  const { tile_px, tile_um, extractor } = (typeof config === 'object' && config !== null ? config : {}) as Record<string, unknown>;
  const kind = typeof extractor === 'object' && extractor !== null ? (extractor as Record<string, unknown>).class : undefined;
  return {
    ...(typeof tile_px === 'number' ? { tile_size_px: tile_px } : {}),
    ...(typeof tile_um === 'number' ? { tile_size_um: tile_um } : {}),
    ...(typeof tile_um === 'string' && /^[\d.]+x$/.test(tile_um) ? { target_magnification: Number.parseFloat(tile_um) } : {}),
    ...(typeof kind === 'string' ? { encoder: kind } : {}),
  };
}

async function readSlide2vec(path: string, bag: FeatureBag, origin: FeatureOrigin): Promise<FeatureBag> {
  const meta = sibling(path, '.meta.json');
  const kept = { ...origin, dataset: path.endsWith('.npz') ? 'npz' : 'pt' };
  return { ...bag, origin: existsSync(meta) ? { ...kept, sidecar: await readSidecar(meta) } : kept };
}

/** Files that {@link writeFeatureFile} made. */
export interface WrittenFeatures {
  readonly files: readonly string[];
}

/**
 * Writes the features of one slide as `system` keeps them, under `root`: CLAM in `h5_files/` and `pt_files/`, TRIDENT in `features_{encoder}/`, AtlasPatch in
 * `patches/`, the others in the folder itself. Prepare the bag with `bagFor`.
 *
 * @throws SlidestreamError `format/*`, `io/*`
 */
export async function writeFeatureFile(root: string, slide: string, bag: FeatureBag, system: FeatureSystem): Promise<WrittenFeatures> {
  switch (system) {
    case 'clam': {
      const files = [join(root, 'pt_files', `${slide}.pt`)];
      if (bag.coords !== null) files.push(join(root, 'h5_files', `${slide}.h5`));
      for (const file of files) {
        await makeFolder(dirname(file));
        await writeFeatures(file, bag, { layout: 'clam' });
      }
      return { files };
    }
    case 'slideflow':
      return writeSlideflow(root, slide, bag);
    case 'slide2vec':
      return writeSlide2vec(root, slide, bag);
    case 'slidestream': {
      const file = join(root, `${slide}.safetensors`);
      await makeFolder(root);
      await writeFeatures(file, bag);
      return { files: [file] };
    }
    default: {
      const file = join(root, folderOf(root, bag, system), `${slide}.h5`);
      await makeFolder(dirname(file));
      await writeFeatures(file, bag, { layout: system });
      return { files: [file] };
    }
  }
}

/** Folder below `root` that a system keeps its features in. */
function folderOf(root: string, bag: FeatureBag, system: 'trident' | 'stamp' | 'atlaspatch'): string {
  if (system === 'atlaspatch') return basename(root) === 'patches' ? '' : 'patches';
  if (system === 'stamp' || basename(root).startsWith('features_')) return '';
  const encoder = bag.origin?.attributes.features.encoder?.value;
  return `features_${String(encoder ?? 'unknown').replace(/[^\w.-]/g, '_')}`;
}

async function writeSlideflow(root: string, slide: string, bag: FeatureBag): Promise<WrittenFeatures> {
  const { origin, coords, count } = bag;
  const files = [join(root, `${slide}.pt`)];
  await makeFolder(root);
  await writeFeatures(files[0] as string, bag, { layout: 'slideflow' });
  if (coords !== null) {
    const dtype = origin?.coordsType ?? 'int64';
    const name = origin?.dataset === 'locations' ? 'locations' : 'arr_0';
    const places: TensorRecord = { dtype, shape: [count, 2], data: castNumbers(coords, dtype) };
    files.push(join(root, `${slide}.index.npz`));
    await writeFileAtomic(files[1] as string, encodeNpz([[name, places]]));
  }
  if (origin?.sidecar !== undefined) await writeFileAtomic(join(root, BAGS_CONFIG), origin.sidecar);
  return { files };
}

async function writeSlide2vec(root: string, slide: string, bag: FeatureBag): Promise<WrittenFeatures> {
  const npz = bag.origin?.dataset === 'npz';
  await makeFolder(root);
  const file = join(root, `${slide}.${npz ? 'npz' : 'pt'}`);
  if (npz) {
    const dtype = bag.origin?.featureType ?? 'float32';
    const features: TensorRecord = { dtype, shape: [bag.count, bag.dim], data: narrowFloats(bag.features, dtype) };
    await writeFileAtomic(file, encodeNpz([['features', features]]));
  } else await writeFeatures(file, bag, { layout: 'slide2vec' });
  const sidecar = bag.origin?.sidecar;
  if (sidecar === undefined) return { files: [file] };
  await writeFileAtomic(join(root, `${slide}.meta.json`), sidecar);
  return { files: [file, join(root, `${slide}.meta.json`)] };
}
