import { swinSpec } from './swin.js';

/** CHIEF's tile encoder (CTransPath's network): Swin-T with a convolutional stem; 768 features, 27.5 M parameters. */
export const chief = swinSpec({
  name: 'chief',
  summary: 'CHIEF tile encoder: Swin-T/4/7/224 with a convolutional stem, 768 features',
  paper: 'Wang et al. 2024, A pathology foundation model for cancer diagnosis and prognosis prediction, Nature 634',
  stem: 'conv',
});
