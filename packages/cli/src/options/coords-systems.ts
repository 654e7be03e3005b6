import type { CoordsSystem } from '@slidestream/formats';

/** Systems whose files of tile coordinates can be named on the command line. */
export const coordsSystems: readonly CoordsSystem[] = ['slidestream', 'clam', 'trident', 'atlaspatch', 'hs2p', 'wsinfer'];
