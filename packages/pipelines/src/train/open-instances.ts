import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encoders as ownEncoders } from '@slidestream/backbones';
import { SlidestreamError } from '@slidestream/core';
import { openTileStore, type TileStoreReader } from '@slidestream/lmdb-io';
import type { RunConfig } from '../run-config.js';
import type { InstanceAccess } from './bag-access.js';
import type { ModelRegistries } from './build-model.js';
import { openFeatureFolder } from './feature-folder.js';
import { storeTiles } from './tile-scale-source.js';

/** Instances of a run that are open, and the files they come from. */
export interface OpenedInstances {
  readonly access: InstanceAccess;
  /** Files whose hashes belong into the run's manifest. */
  readonly inputs: readonly string[];
  close(): void;
}

/**
 * Opens the tile stores or the feature folder that a configuration names.
 *
 * @throws SlidestreamError `pipelines/no-instances` when it names neither, `pipelines/no-low-scale`, `store/*`
 */
export async function openInstances(config: RunConfig, { encoders = ownEncoders }: ModelRegistries = {}): Promise<OpenedInstances> {
  if (config.mode === 'features') return openFeatures(config);
  const stores = config.data.stores ?? {};
  const highPath = stores.high ?? Object.values(stores)[0];
  if (highPath === undefined) throw noInstances('data.stores', 'tile store', 'Pack tiles first, or use `slidestream run`, which does');
  const lowPath = config.sampling.lowShare > 0 ? stores.low : undefined;
  if (config.sampling.lowShare > 0 && lowPath === undefined) throw noLowScale();
  const encoder = encoders.get(config.encoder.name);
  const opened: TileStoreReader[] = [];
  const open = async (path: string): ReturnType<typeof storeTiles> => {
    const reader = openTileStore(path);
    opened.push(reader);
    return storeTiles(reader);
  };
  const close = (): void => {
    for (const reader of opened) reader.close();
  };
  try {
    const high = await open(highPath);
    const low = lowPath === undefined ? undefined : await open(lowPath);
    return {
      access: { kind: 'tiles', high, low, encoder },
      inputs: [highPath, ...(lowPath === undefined ? [] : [lowPath])].map(dataFile),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A store kept as a folder is hashed by its data file. */
function dataFile(path: string): string {
  const inside = join(path, 'data.mdb');
  return existsSync(inside) ? inside : path;
}

async function openFeatures(config: RunConfig): Promise<OpenedInstances> {
  const folder = config.data.features;
  if (folder === undefined) throw noInstances('data.features', 'feature folder', 'Embed slides first, or use `slidestream run`, which does');
  const source = await openFeatureFolder(folder);
  const files = (await readdir(source.folder)).sort().map((name) => join(source.folder, name));
  return { access: { kind: 'features', source }, inputs: files.filter((file) => source.files.has(file)), close: () => undefined };
}

function noInstances(key: string, what: string, hint: string): SlidestreamError {
  return new SlidestreamError({ code: 'pipelines/no-instances', category: 'usage', message: `the configuration names no ${what}`, where: { key }, hint });
}

function noLowScale(): SlidestreamError {
  return new SlidestreamError({
    code: 'pipelines/no-low-scale',
    category: 'usage',
    message: 'sampling.lowShare asks for tiles of the scale "low", which has no store',
    where: { key: 'data.stores.low' },
    hint: 'Add a scale "low" to tiling.scales and its store to data.stores, or set sampling.lowShare to 0',
  });
}
