import { testKillsOfPreparation } from './support/preparation-kills.js';

testKillsOfPreparation({ times: 20, slides: 12, seed: 2 });
