import { type Augmentation, preset, tileInput } from '@slidestream/augment';
import type { EncoderSpec } from '@slidestream/backbones';
import type { RunConfig } from '@slidestream/config';
import { adam, adamW, constantSchedule, cosineSchedule, type OptimiserSpec, type Schedule, stepSchedule } from '@slidestream/training';

/** The optimiser of a configuration. */
export function optimiserOf({ training }: RunConfig): OptimiserSpec {
  const { name, ...settings } = training.optimiser;
  return name === 'adam' ? adam(settings) : adamW(settings);
}

/** The learning rate of a configuration, by epoch or by step as it says. */
export function scheduleOf({ training }: RunConfig, stepsInEpoch: number): Schedule {
  const { learningRate } = training.optimiser;
  const unit = training.scheduleBy === 'step' ? stepsInEpoch : 1;
  const { warmupLearningRate, minLearningRate } = training;
  const [epochs, warmupEpochs] = [training.epochs * unit, training.warmupEpochs * unit];
  if (training.schedule === 'cosine') return cosineSchedule({ learningRate, epochs, warmupEpochs, warmupLearningRate, minLearningRate });
  return training.schedule === 'step' ? stepSchedule({ learningRate, every: epochs / 2 }) : constantSchedule(learningRate);
}

/** What turns stored tiles into the encoder's input. */
export function tileInputOf(config: RunConfig, encoder: EncoderSpec, tileSizePx: number): ReturnType<typeof tileInput> {
  const sizePx = config.encoder.inputSizePx ?? encoder.inputSizePx;
  return tileInput({ sizePx, normalisation: encoder.normalisation, augmentation: augmentationOf(config, tileSizePx, sizePx) });
}

function augmentationOf({ augment, compat }: RunConfig, tileSizePx: number, inputSizePx: number): Augmentation {
  const { preset: name, cropScale, ...own } = augment;
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...preset(name, { tileSizePx, inputSizePx, cropScale, compat }), ...given };
}
