import { testKillsOfTraining } from './support/training-kills.js';

testKillsOfTraining({ times: 2, epochs: 3, seed: 1 });
