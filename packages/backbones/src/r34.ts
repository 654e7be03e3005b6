import { resNetSpec } from './resnet.js';

/** ResNet-34 through its third stage: 256 features, 8.2 M parameters. */
export const r34 = resNetSpec({
  name: 'r34',
  summary: 'ResNet-34 through layer3, 256 features',
  stages: [3, 4, 6],
  bottleneck: false,
});
