import { resNetSpec } from './resnet.js';

/** ResNet-101 through its third stage: 1024 features, 27.5 M parameters. */
export const r101 = resNetSpec({
  name: 'r101',
  summary: 'ResNet-101 through layer3, 1024 features',
  stages: [3, 4, 23],
  bottleneck: true,
});
