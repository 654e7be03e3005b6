import type { EncoderSpec } from './encoder.js';
import { type VitOptions, vitSizes, vitSpec } from './vit.js';

const supervised = (name: string, summary: string, options: Omit<VitOptions, 'name' | 'summary'>): EncoderSpec =>
  vitSpec({ ...options, name, summary });

/** Vision transformers as first published: class token, no LayerScale; ImageNet's normalisation. */
export const vits: readonly EncoderSpec[] = Object.freeze([
  supervised('vit-s16', 'ViT-S/16, class token, 384 features', vitSizes.small),
  supervised('vit-b16', 'ViT-B/16, class token, 768 features', vitSizes.base),
  supervised('vit-l16', 'ViT-L/16, class token, 1024 features', vitSizes.large),
  supervised('vit-h14', 'ViT-H/14, class token, 1280 features', { ...vitSizes.huge, patchSizePx: 14 }),
]);

/** DINOv2's networks: patches of 14 pixels, position vectors of 37 × 37 patches resampled to those of the tile, LayerScale, 0 or 4 registers. */
export const dinov2s: readonly EncoderSpec[] = Object.freeze(
  (['small', 'base', 'large', 'giant'] as const).flatMap((size) => [0, 4].map((registers) => dinov2(size, registers))),
);

function dinov2(size: keyof typeof vitSizes, registers: number): EncoderSpec {
  const shape = vitSizes[size];
  const withRegisters = registers === 0 ? '' : `, ${registers} registers`;
  const giant = size === 'giant' ? ({ mlp: 'swiglu-packed', activation: 'silu', mlpRatio: 5.33334 } as const) : {};
  return vitSpec({
    name: `dinov2-${size[0] as string}14${registers === 0 ? '' : `-reg${registers}`}`,
    summary: `DINOv2 ViT-${(size[0] as string).toUpperCase()}/14${withRegisters}, class token, ${shape.embedDim} features`,
    paper:
      registers === 0
        ? 'Oquab et al. 2024, DINOv2: learning robust visual features without supervision, arXiv:2304.07193'
        : 'Darcet et al. 2024, Vision transformers need registers, arXiv:2309.16588',
    ...shape,
    ...giant,
    patchSizePx: 14,
    imageSizePx: 518,
    inputSizePx: 224,
    layerScale: 1e-5,
    registers,
    positionsForAll: registers === 0,
  });
}
