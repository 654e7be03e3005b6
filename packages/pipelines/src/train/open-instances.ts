import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encoders as ownEncoders } from '@slidestream/backbones';
import type { RunConfig } from '@slidestream/config';
import { SlidestreamError } from '@slidestream/core';
import { openTileStore, type TileStoreReader } from '@slidestream/lmdb-io';
import { scaleRolesOf } from '../tiling-settings.js';
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
 * @throws SlidestreamError `pipelines/no-instances` when it names neither, `pipelines/no-store-of-scale`, `store/*`
 */
export async function openInstances(config: RunConfig, { encoders = ownEncoders }: ModelRegistries = {}): Promise<OpenedInstances> {
  if (config.mode === 'features') return openFeatures(config);
  const { main, mixed } = scaleRolesOf(config);
  const stores = typeof config.data.stores === 'string' ? { [main]: config.data.stores } : (config.data.stores ?? {});
  const highPath = stores[main];
  if (highPath === undefined) throw noInstances('data.stores', 'tile store', 'Pack tiles first, or use `slidestream run`, which does');
  const lowPath = mixed === null ? undefined : stores[mixed];
  if (mixed !== null && lowPath === undefined) throw noStore(mixed);
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
  if (folder === undefined)
    throw noInstances('data.features', 'feature folder', 'Embed slides first, or use `slidestream run`, which does');
  const source = await openFeatureFolder(folder);
  const files = (await readdir(source.folder)).sort().map((name) => join(source.folder, name));
  return { access: { kind: 'features', source }, inputs: files.filter((file) => source.files.has(file)), close: () => undefined };
}

function noInstances(key: string, what: string, hint: string): SlidestreamError {
  return new SlidestreamError({
    code: 'pipelines/no-instances',
    category: 'usage',
    message: `the configuration names no ${what}`,
    where: { key },
    hint,
  });
}

function noStore(scale: string): SlidestreamError {
  return new SlidestreamError({
    code: 'pipelines/no-store-of-scale',
    category: 'usage',
    message: `sampling.share asks for tiles of the scale "${scale}", which has no store`,
    where: { key: `data.stores.${scale}` },
    hint: 'Add its store to data.stores, or leave sampling.share out',
  });
}
