import { testBrokenBatch } from './support/broken-batch.js';
import { testKillsOfSharedWork } from './support/shared-kills.js';

testKillsOfSharedWork({ slides: 8, workers: 4, kills: 2, seed: 1, tile: false });
testBrokenBatch({ slides: 40, broken: 8 });
