import { type Encoder, encoders } from '@slidestream/backbones';
import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { abmilx } from '@slidestream/mil-heads';
import { adamW } from '@slidestream/training';
import * as tf from '@tensorflow/tfjs-core';
import { serveMeasurer } from './child-measurer.js';
import { bag, batch } from './model.js';

const [, , model = 'r18', mode = 'forward'] = process.argv;
const random = randomStream('bench');
await startEngine();

/** One step and what it counts; reading a value is what waits for the engine. */
interface Step {
  readonly run: () => void;
  readonly counts: number;
  /** Steps a measurement. */
  readonly repeats: number;
}

function encoderStep(encoder: Encoder): Step {
  const tiles = tf.randomNormal([batch.tiles, batch.sidePx, batch.sidePx, 3], 0, 1, 'float32', 1) as tf.Tensor4D;
  const counts = batch.tiles;
  if (mode === 'forward') {
    const run = (): void => void tf.tidy(() => encoder.forward(tiles, { training: false, random }).dataSync());
    return { run, counts, repeats: model === 'r18' ? 5 : 1 };
  }
  const parameters = encoder.trainable();
  const names = new Map([...parameters].map(([name, { variable }]) => [variable.name, name]));
  const optimiser = adamW({ learningRate: 1e-4, weightDecay: 1e-2 }).bind(parameters);
  /** Mean square of the features: the cheapest loss that reaches every weight. */
  const run = (): void =>
    void tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(encoder.forward(tiles, { training: true, random }))) as tf.Scalar);
      optimiser.apply(new Map(Object.entries(grads).map(([name, gradient]) => [names.get(name) as string, gradient])), 1e-4);
      value.dataSync();
    });
  return { run, counts, repeats: 2 };
}

/** Forward and backward of the head's weights; dropout would measure random numbers. */
function headStep(): Step {
  const head = abmilx.build({ sizes: { inputDim: bag.width, classes: 2 }, options: { dropout: 0 }, random });
  const features = tf.randomNormal([1, bag.instances, bag.width], 0, 1, 'float32', 1) as tf.Tensor3D;
  const run = (): void =>
    void tf.tidy(() => {
      const { grads } = tf.variableGrads(
        () => tf.mean(tf.square(head.forward({ features }, { training: true, random }).logits)) as tf.Scalar,
      );
      for (const gradient of Object.values(grads)) gradient.dataSync();
    });
  return { run, counts: bag.instances, repeats: 1 };
}

const { run, counts, repeats } = model === 'abmilx' ? headStep() : encoderStep(encoders.build({ name: model }, random));
run();
run();
await serveMeasurer(() => {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  return (repeats * counts * 1000) / (performance.now() - start);
});
