import { type EncoderRegistry, freezeThrough, encoders as ownEncoders } from '@slidestream/backbones';
import type { RunConfig } from '@slidestream/config';
import { randomStream, SlidestreamError } from '@slidestream/core';
import { type HeadChoice, type HeadRegistry, heads as ownHeads } from '@slidestream/mil-heads';
import { endToEnd, onFeatures, type SlideModel } from '@slidestream/training';
import { fillEncoder } from './encoder-weights.js';

/** Heads and encoders that a configuration may name; default: those that come with Slidestream. */
export interface ModelRegistries {
  readonly heads?: HeadRegistry | undefined;
  readonly encoders?: EncoderRegistry | undefined;
}

/** What the model of one fold needs to know. */
export interface BuildModelOptions extends ModelRegistries {
  readonly config: RunConfig;
  /** Classes or time bins. */
  readonly outputs: number;
  /** D of the feature bags, with `mode: features`. */
  readonly featureWidth?: number | undefined;
  /** Each fold starts from weights of its own. */
  readonly fold: number;
}

/**
 * The model that a configuration describes, with weights drawn from its seed and the fold.
 *
 * @throws SlidestreamError `heads/*`, `encoder/*`, `pipelines/head-task`
 */
export async function buildModel(options: BuildModelOptions): Promise<SlideModel> {
  const { config, outputs, featureWidth, fold, heads = ownHeads, encoders = ownEncoders } = options;
  const random = randomStream(config.seed, 'fold', fold, 'weights');
  const choice = config.head as HeadChoice;
  checkTask(heads, choice.name, config.task);
  if (config.mode === 'features') {
    if (featureWidth === undefined) throw new TypeError('a model on features needs their width');
    return onFeatures(heads.build(choice, { inputDim: featureWidth, classes: outputs }, random.fork('head')));
  }
  const encoder = encoders.build(config.encoder, random.fork('encoder'));
  await fillEncoder(encoder, config.encoder);
  const head = heads.build(choice, { inputDim: encoder.spec.featureDim, classes: outputs }, random.fork('head'));
  const { frozen } = config.encoder;
  if (typeof frozen === 'string') freezeThrough(encoder, frozen);
  return endToEnd({ encoder, head, freezeEncoder: frozen === true });
}

function checkTask(heads: HeadRegistry, name: string, task: RunConfig['task']): void {
  const { tasks } = heads.get(name);
  if (tasks.includes(task)) return;
  throw new SlidestreamError({
    code: 'pipelines/head-task',
    category: 'usage',
    message: `the head "${name}" is made for ${tasks.join(' and ')}, not for ${task}`,
    where: { key: 'head.name' },
    hint: 'slidestream list heads shows what each is for',
  });
}
