import { testBrokenBatch } from './support/broken-batch.js';
import { testKillsOfSharedWork } from './support/shared-kills.js';

for (const seed of [2, 3, 4]) testKillsOfSharedWork({ slides: 24, workers: 4, kills: 12, seed, tile: true });
testBrokenBatch({ slides: 200, broken: 20 });
