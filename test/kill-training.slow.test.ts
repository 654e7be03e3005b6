import { testKillsOfTraining } from './support/training-kills.js';

testKillsOfTraining({ times: 20, epochs: 20, seed: 2 });
