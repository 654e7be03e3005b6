import { SlidestreamError } from '@slidestream/core';
import type { CoordsSystem } from '@slidestream/formats';
import type { CopyOptions, CopyReport, SlideInfo, TileScaleFacts } from '@slidestream/lmdb-io';

/** What an import is told beside its source. */
export interface ImportTilesOptions {
  readonly coords?: string | undefined;
  readonly coordsFrom: CoordsSystem;
  readonly tileSizeLevel0?: number | undefined;
  readonly tileMpp?: number | undefined;
}

/**
 * Brings tiles of another tool into a store, with their places from files of coordinates where some are given.
 *
 * @throws SlidestreamError `store/*`, `format/*`, `io/*`, `cli/coords-count` when a slide has another number of coordinates than of tiles
 */
export async function importTiles(from: string, store: string, options: ImportTilesOptions, copy: CopyOptions): Promise<CopyReport> {
  const { importTileStore } = await import('@slidestream/lmdb-io');
  const scale: TileScaleFacts = { sizeLevel0Px: options.tileSizeLevel0, mpp: options.tileMpp };
  const { coords, coordsFrom } = options;
  const infoOf = coords === undefined ? undefined : await infosOf(coords, coordsFrom, scale);
  return importTileStore(from, store, { ...copy, scale, infoOf, creator: `imported from ${from}` });
}

async function infosOf(folder: string, system: CoordsSystem, scale: TileScaleFacts) {
  const { findCoordsFiles, readTileCoords } = await import('@slidestream/formats');
  const files = new Map((await findCoordsFiles(folder, system)).map(({ slide, path }) => [slide, path]));
  return async (slide: string, count: number): Promise<SlideInfo | null> => {
    const path = files.get(slide);
    if (path === undefined) return null;
    const { coords, facts, tissueFractions } = await readTileCoords(path, system, { slide });
    if (coords.length !== 2 * count) {
      const message = `${coords.length / 2} coordinates for ${count} tiles`;
      const hint = 'Row i of the coordinates must be tile i: they are those of another tiling';
      throw new SlidestreamError({ code: 'cli/coords-count', category: 'data', message, where: { file: path, slide }, hint });
    }
    const { slideMpp: mpp, mpp: tileMpp = scale.mpp, sizeLevel0Px = scale.sizeLevel0Px ?? 0 } = facts;
    return {
      reader: { name: 'import', version: '1' },
      sourceHash: '',
      width: facts.width ?? 0,
      height: facts.height ?? 0,
      mpp: mpp === undefined ? null : { x: mpp, y: mpp, source: `given by ${system}'s coordinates` },
      scale: {
        mpp: tileMpp ?? null,
        level: facts.level ?? 0,
        downsample: facts.downsample === undefined ? 0 : (facts.downsample[0] + facts.downsample[1]) / 2,
        sizeLevel0Px,
      },
      coords: [...coords],
      // hs2p's that nobody knows are no numbers.
      ...(tissueFractions?.every(Number.isFinite) ? { tissueFractions: [...tissueFractions] } : {}),
    };
  };
}
