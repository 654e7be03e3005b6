import { resNetSpec } from './resnet.js';

/** ResNet-18 through its third stage: 256 features, 2.8 M parameters. */
export const r18 = resNetSpec({
  name: 'r18',
  summary: 'ResNet-18 through layer3, 256 features',
  stages: [2, 2, 2],
  bottleneck: false,
});

/** ResNet-18 through its fourth stage: 512 features, 11.2 M parameters. */
export const r18a = resNetSpec({
  name: 'r18a',
  summary: 'ResNet-18 through layer4, 512 features',
  stages: [2, 2, 2, 2],
  bottleneck: false,
});
