import type { TileImages } from '@slidestream/augment';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { findSlides, type Slide, type SlideFile } from '@slidestream/slides';
import { mapAhead } from '@slidestream/streams';
import { gridTiles, segmentTissue, type TileGrid, type TileScale, type TilingParameters } from '@slidestream/tiling';
import { openWithMpp } from '../open-with-mpp.js';
import { fingerprintOrReason } from '../slide-fingerprint.js';
import { slideTiles } from '../slide-tiles.js';
import { readTileGrid } from '../tile-coords.js';
import { readTileSettings, tileFolder } from '../tile-folder.js';
import type { EmbedBag, EmbedSource } from './embed-source.js';

/** Which tiles of a slide are embedded: those that were laid before, or a grid that is laid now. */
export type SlideTileChoice =
  | {
      /** A folder that `tileSlides`, or CLAM, made. */
      readonly coords: string;
      /** Which of its scales; default: the first. */
      readonly scale?: string | undefined;
    }
  | { readonly scale: TileScale; readonly parameters: TilingParameters };

/** What {@link slideSource} reads. */
export interface SlideSourceOptions {
  /** Files, folders (searched), or CSV tables of slides. */
  readonly slides: readonly string[];
  readonly tiles: SlideTileChoice;
  /** µm/px for slides that do not say theirs. */
  readonly mppIfUnknown?: number | undefined;
  /** What to do with a part that the slide's file does not hold: `error` by default. */
  readonly missingTiles?: 'error' | 'white' | undefined;
}

/**
 * Slides themselves: their tiles are read as they are wanted, and none is stored.
 *
 * @throws SlidestreamError `io/*`; `embed/no-such-scale`
 */
export async function slideSource(options: SlideSourceOptions): Promise<EmbedSource> {
  const files = new Map((await findSlides(options.slides)).map((file) => [file.id, file]));
  const { gridOf, coordsOf } = await gridReader(options.tiles);
  const open = async (id: string): Promise<EmbedBag> => {
    const file = files.get(id) as SlideFile;
    const slide = await openWithMpp(file.path, options);
    try {
      const grid = await gridOf(slide, file);
      return {
        count: grid.coords.length / 2,
        coords: Float64Array.from(grid.coords),
        coordsUnit: 'px',
        // What is drawn through a step that does nothing is drawn ahead.
        tiles: (portion, signal) => mapAhead(async (tiles: TileImages) => tiles, { ahead: 1, signal })(slideTiles(slide, grid, portion)),
        close: () => slide.close(),
      };
    } catch (error) {
      await slide.close();
      throw error;
    }
  };
  const ofSlide = async (id: string): Promise<string> =>
    (await Promise.all([(files.get(id) as SlideFile).path, coordsOf(id)].map(fingerprintOrReason))).join(' ');
  return { slides: [...files.keys()], tileCount: null, open, fingerprint: ofSlide, close: () => undefined };
}

/** How a slide's grid is come by, and the file that holds it; `null` where it is laid now. */
interface GridReader {
  readonly gridOf: (slide: Slide, file: SlideFile) => Promise<TileGrid>;
  readonly coordsOf: (id: string) => string | null;
}

async function gridReader(choice: SlideTileChoice): Promise<GridReader> {
  if ('parameters' in choice) {
    const { parameters, scale } = choice;
    return { gridOf: async (slide) => gridTiles(slide, await segmentTissue(slide, parameters), scale), coordsOf: () => null };
  }
  const { coords } = choice;
  const scales = (await readTileSettings(coords))?.scales.map(({ name }) => name) ?? [];
  const scale = choice.scale ?? scales[0] ?? '';
  if (scale !== '' && !scales.includes(scale)) throw noSuchScale(coords, scale, scales);
  const folder = tileFolder(coords, scale === '' ? [''] : scales);
  const coordsOf = (id: string): string => folder.coords(scale, id);
  const gridOf = async (_: Slide, { id }: SlideFile): Promise<TileGrid> => {
    const path = coordsOf(id);
    try {
      return await readTileGrid(path);
    } catch (error) {
      if (isSlidestreamError(error, 'io/not-found')) throw noCoords(id, path);
      throw error;
    }
  };
  return { gridOf, coordsOf };
}

function noSuchScale(file: string, scale: string, known: readonly string[]): SlidestreamError {
  return new SlidestreamError({
    code: 'embed/no-such-scale',
    category: 'usage',
    message: `the folder has no scale "${scale}"`,
    where: { file },
    hint: known.length === 0 ? 'It does not name its scales: leave the scale out' : `It has ${known.join(', ')}`,
  });
}

function noCoords(slide: string, file: string): SlidestreamError {
  return new SlidestreamError({
    code: 'embed/no-coords',
    category: 'data',
    message: 'the slide has no coordinates',
    where: { slide, file },
    hint: 'Tile it first with slidestream tile, or leave --coords out and say at which scale',
  });
}
