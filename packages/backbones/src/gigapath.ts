import { vitSpec } from './vit.js';

/** Prov-GigaPath's tile encoder: ViT-g/16 with SwiGLU and LayerScale, the class token; 1536 features, 1.1 G parameters. */
export const gigap = vitSpec({
  name: 'gigap',
  summary: 'Prov-GigaPath tile encoder: ViT-g/16 with SwiGLU, class token, 1536 features',
  paper: 'Xu et al. 2024, A whole-slide foundation model for digital pathology from real-world data, Nature 630',
  embedDim: 1536,
  depth: 40,
  heads: 24,
  mlpRatio: 5.33334,
  mlp: 'swiglu-packed',
  activation: 'silu',
  layerScale: 1e-5,
});
