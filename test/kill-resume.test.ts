import { testKillsOfPreparation } from './support/preparation-kills.js';

testKillsOfPreparation({ times: 2, slides: 6, seed: 1 });
