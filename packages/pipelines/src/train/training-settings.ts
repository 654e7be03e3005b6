import { type Augmentation, preset, tileInput } from '@slidestream/augment';
import { type Encoder, type EncoderRegistry, encoders as ownEncoders } from '@slidestream/backbones';
import { adam, adamW, constantSchedule, cosineSchedule, type OptimiserSpec, type Schedule, stepSchedule } from '@slidestream/training';
import type { RunConfig } from '../run-config.js';

/** The optimiser of a configuration. */
export function optimiserOf({ training }: RunConfig): OptimiserSpec {
  const { learningRate, weightDecay } = training;
  return training.optimiser === 'adam' ? adam({ learningRate, weightDecay }) : adamW({ learningRate, weightDecay });
}

/** The learning rate by epoch of a configuration. */
export function scheduleOf({ training }: RunConfig): Schedule {
  const { learningRate, epochs, warmupEpochs, warmupLearningRate } = training;
  if (training.schedule === 'cosine') return cosineSchedule({ learningRate, epochs, warmupEpochs, warmupLearningRate });
  return training.schedule === 'step' ? stepSchedule({ learningRate, every: epochs / 2 }) : constantSchedule(learningRate);
}

/** Side of the encoder's input. */
export function inputSizeOf(config: RunConfig, encoders: EncoderRegistry = ownEncoders): number {
  return config.encoder.inputSizePx ?? encoders.get(config.encoder.name).inputSizePx;
}

/** What turns stored tiles into the encoder's input. */
export function tileInputOf(config: RunConfig, encoder: Encoder['spec'], tileSizePx: number): ReturnType<typeof tileInput> {
  const sizePx = config.encoder.inputSizePx ?? encoder.inputSizePx;
  return tileInput({ sizePx, normalisation: encoder.normalisation, augmentation: augmentationOf(config, tileSizePx, sizePx) });
}

function augmentationOf({ augmentation: chosen, compat }: RunConfig, tileSizePx: number, inputSizePx: number): Augmentation {
  const { brightness, contrast, stainJitter } = chosen;
  const colour =
    stainJitter !== undefined
      ? ({ kind: 'stain', sigma: stainJitter } as const)
      : brightness !== undefined || contrast !== undefined
        ? ({ kind: 'colour', brightness, contrast } as const)
        : undefined;
  return {
    ...preset(chosen.preset, { tileSizePx, inputSizePx, cropScale: chosen.cropScale, compat }),
    ...(chosen.flips ? { flipX: 0.5, flipY: 0.5 } : {}),
    ...(chosen.quarterTurns ? { quarterTurns: true } : {}),
    ...(chosen.cropSizePx === undefined ? {} : { crop: { sizePx: chosen.cropSizePx } }),
    ...(colour === undefined ? {} : { colour }),
  };
}
