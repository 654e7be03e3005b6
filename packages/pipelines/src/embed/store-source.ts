import { openTileStore } from '@slidestream/lmdb-io';
import { mapAhead } from '@slidestream/streams';
import { storeTiles } from '../train/tile-scale-source.js';
import type { EmbedBag, EmbedSource } from './embed-source.js';

/**
 * The slides of a tile store.
 *
 * @param only - these slides; default: all
 * @throws SlidestreamError `store/*`; `store/unknown-slide` when one of `only` is not in it
 */
export async function storeSource(path: string, only?: readonly string[]): Promise<EmbedSource> {
  const reader = openTileStore(path);
  try {
    const source = await storeTiles(reader);
    for (const slide of only ?? []) reader.tileCount(slide);
    const open = async (slide: string): Promise<EmbedBag> => {
      const count = reader.tileCount(slide);
      const info = reader.slideInfo(slide);
      return {
        count,
        ...(info === null ? { coords: null, coordsUnit: null } : { coords: Float64Array.from(info.coords), coordsUnit: 'px' }),
        tiles: (portion, signal) =>
          mapAhead(
            (from: number) =>
              source.read(
                Array.from({ length: Math.min(portion, count - from) }, (_, i) => ({ slide, index: from + i })),
                signal,
              ),
            { ahead: 1, signal },
          )(Array.from({ length: Math.ceil(count / portion) }, (_, i) => i * portion)),
        close: () => Promise.resolve(),
      };
    };
    const fingerprint = async (slide: string): Promise<string> => `${reader.tileCount(slide)} ${reader.slideInfo(slide)?.sourceHash}`;
    return { slides: only ?? reader.slides, tileCount: reader.tileCount, open, fingerprint, close: reader.close };
  } catch (error) {
    reader.close();
    throw error;
  }
}
