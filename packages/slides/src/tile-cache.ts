import { retirePixels } from './pixel-memory.js';

/** Decoded tiles, least recently used first out, bounded in bytes; concurrent requests for a tile share its decoding. */
export interface TileCache {
  /** The tile under `key`, from memory, from a decoding under way, or by `decode`. */
  get(key: number, decode: () => Promise<Uint8Array>): Uint8Array | Promise<Uint8Array>;
  /** Bytes that are kept now. */
  readonly bytes: number;
  clear(): void;
}

/** Makes a cache that keeps at most `maxBytes`; 0 keeps nothing. */
export function createTileCache(maxBytes: number): TileCache {
  const kept = new Map<number, Uint8Array>();
  const underWay = new Map<number, Promise<Uint8Array>>();
  let bytes = 0;
  const keep = (key: number, tile: Uint8Array): void => {
    if (tile.byteLength > maxBytes) return;
    kept.set(key, tile);
    bytes += tile.byteLength;
    for (const [oldest, old] of kept) {
      if (bytes <= maxBytes) break;
      kept.delete(oldest);
      bytes -= old.byteLength;
      retirePixels(old);
    }
  };
  return {
    get bytes() {
      return bytes;
    },
    get(key, decode) {
      const tile = kept.get(key);
      if (tile !== undefined) {
        kept.delete(key);
        kept.set(key, tile);
        return tile;
      }
      const pending = underWay.get(key);
      if (pending !== undefined) return pending;
      const decoding = decode()
        .then((decoded) => {
          keep(key, decoded);
          return decoded;
        })
        .finally(() => underWay.delete(key));
      underWay.set(key, decoding);
      return decoding;
    },
    clear() {
      for (const tile of kept.values()) retirePixels(tile);
      kept.clear();
      bytes = 0;
    },
  };
}
