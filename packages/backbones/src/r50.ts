import { resNetSpec } from './resnet.js';

/** ResNet-50 through its third stage: 1024 features, 8.5 M parameters; CLAM's encoder. */
export const r50 = resNetSpec({
  name: 'r50',
  summary: 'ResNet-50 through layer3, 1024 features',
  stages: [3, 4, 6],
  bottleneck: true,
});

/** {@link r50} under the name of its newer ImageNet weights (`tv2_in1k`). */
export const r50v2 = resNetSpec({
  name: 'r50v2',
  summary: 'ResNet-50 through layer3, for weights of the newer recipe, 1024 features',
  stages: [3, 4, 6],
  bottleneck: true,
});
