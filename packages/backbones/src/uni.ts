import { vitSizes, vitSpec } from './vit.js';

/** UNI's network: ViT-L/16 with LayerScale, the class token; 1024 features, 303 M parameters. Its weights are the authors' to give. */
export const uni = vitSpec({
  name: 'uni',
  summary: 'UNI: ViT-L/16 with LayerScale, class token, 1024 features',
  paper: 'Chen et al. 2024, Towards a general-purpose foundation model for computational pathology, Nature Medicine 30',
  ...vitSizes.large,
  layerScale: 1e-5,
});
