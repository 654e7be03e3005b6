import { dirname } from 'node:path';
import { isSlidestreamError, type SlidestreamError } from '@slidestream/core';
import { readTileCoords, writeTileCoords } from './coords-files.js';
import { coordsPath, type ExchangeFile, findCoordsFiles, findFeatureFiles, makeFolder, safeName } from './exchange-folders.js';
import type { FeatureSystem } from './feature-bag.js';
import { readFeatureFile, writeFeatureFile } from './feature-files.js';
import { bagFor, encoderOf, type SaidUnit } from './place-bag.js';
import type { CoordsSystem } from './tile-coords.js';
import type { SlideFacts } from './tile-facts.js';

/** What the conversions of folders have in common. */
export interface ConvertFolderOptions<System> {
  /** Folder of one system, or one of its files. */
  readonly from: string;
  readonly fromSystem: System;
  /** Folder that is written to. */
  readonly to: string;
  readonly toSystem: System;
  /** What the files do not say of a slide. */
  readonly factsOf?: ((slide: string) => SlideFacts | undefined | Promise<SlideFacts | undefined>) | undefined;
  readonly onSlide?: ((slide: string, done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a conversion gave: slides in order, and those that were left out with the reason. */
export interface ConvertReport {
  readonly slides: readonly { readonly slide: string; readonly tiles: number; readonly files: readonly string[] }[];
  readonly failures: readonly { readonly slide: string; readonly error: SlidestreamError }[];
}

interface Converted {
  readonly tiles: number;
  readonly files: readonly string[];
}

async function eachFile<System>(
  files: readonly ExchangeFile[],
  { factsOf, onSlide, signal }: Pick<ConvertFolderOptions<System>, 'factsOf' | 'onSlide' | 'signal'>,
  convert: (file: ExchangeFile, facts: SlideFacts | undefined) => Promise<Converted>,
): Promise<ConvertReport> {
  const slides: { slide: string; tiles: number; files: readonly string[] }[] = [];
  const failures: { slide: string; error: SlidestreamError }[] = [];
  for (const [index, file] of files.entries()) {
    signal?.throwIfAborted();
    const { slide } = file;
    try {
      slides.push({ slide, ...(await convert(file, await factsOf?.(slide))) });
    } catch (error) {
      // A file of others that cannot be read is a slide that is left out; a full disk stops everything.
      if (!isSlidestreamError(error) || error.category !== 'data') throw error;
      failures.push({ slide, error });
    }
    onSlide?.(slide, index + 1, files.length);
  }
  return { slides, failures };
}

/**
 * Brings tile coordinates of a cohort from one system's folder into another's layout. A slide that cannot be converted is left out and listed.
 *
 * @throws SlidestreamError `format/folder-*`, `io/*`
 *
 * @example
 * ```ts
 * await convertCoords({ from: 'clam', fromSystem: 'clam', to: 'trident', toSystem: 'trident', factsOf: () => ({ magnification: 40 }) });
 * ```
 */
export async function convertCoords(options: ConvertFolderOptions<CoordsSystem>): Promise<ConvertReport> {
  const { from, fromSystem, to, toSystem } = options;
  const files = await findCoordsFiles(from, fromSystem);
  return eachFile(files, options, async ({ path, slide }, facts) => {
    const tiles = await readTileCoords(path, fromSystem, { slide, facts });
    const target = coordsPath(to, tiles, toSystem);
    await makeFolder(dirname(target));
    await writeTileCoords(target, tiles, toSystem);
    return { tiles: tiles.coords.length / 2, files: [target] };
  });
}

/** How {@link convertFeatures} works. */
export interface ConvertFeaturesOptions extends ConvertFolderOptions<FeatureSystem> {
  /** Name of the encoder: which features are read where there are several, and what is written where the files do not say. */
  readonly encoder?: string | undefined;
  /** Unit of coordinates where the files do not say it. */
  readonly unit?: SaidUnit | undefined;
}

/**
 * Brings features of a cohort from one system's folder into another's layout: values, types, coordinates in its unit, its attributes and names. A slide
 * that cannot be converted is left out and listed.
 *
 * @throws SlidestreamError `format/folder-*`, `io/*`
 */
export async function convertFeatures(options: ConvertFeaturesOptions): Promise<ConvertReport> {
  const { from, fromSystem, to, toSystem, encoder, unit } = options;
  const files = await findFeatureFiles(from, fromSystem, encoder);
  return eachFile(files, options, async ({ path, slide }, facts) => {
    const bag = await readFeatureFile(path, fromSystem, { encoder });
    const named = encoder ?? encoderOf(bag);
    const place = { slide: safeName(slide), folder: to, file: path };
    const target = bagFor(bag, toSystem, { facts, unit, encoder: named, place });
    const { files: written } = await writeFeatureFile(to, slide, target, toSystem);
    return { tiles: bag.count, files: written };
  });
}
