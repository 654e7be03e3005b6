import { r18 } from '@slidestream/backbones';
import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { adamW } from '@slidestream/training';
import * as tf from '@tensorflow/tfjs-core';
import { serveMeasurer } from './child-measurer.js';
import { batch } from './r18.js';

await startEngine();
const random = randomStream('bench');
const encoder = r18.build({ random });
const tiles = tf.randomNormal([batch.tiles, batch.sidePx, batch.sidePx, 3], 0, 1, 'float32', 1) as tf.Tensor4D;

/** Reading a value is what waits for the engine. */
function forward(): void {
  tf.tidy(() => encoder.forward(tiles, { training: false, random }).dataSync());
}

const parameters = encoder.trainable();
const names = new Map([...parameters].map(([name, { variable }]) => [variable.name, name]));
const optimiser = adamW({ learningRate: 1e-4, weightDecay: 1e-2 }).bind(parameters);

/** Mean square of the features: the cheapest loss that reaches every weight. */
function train(): void {
  tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(encoder.forward(tiles, { training: true, random }))) as tf.Scalar);
    optimiser.apply(new Map(Object.entries(grads).map(([name, gradient]) => [names.get(name) as string, gradient])), 1e-4);
    value.dataSync();
  });
}

const [step, repeats] = process.argv[2] === 'train' ? [train, 2] : [forward, 5];
step();
step();
await serveMeasurer(() => {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) step();
  return (repeats * batch.tiles * 1000) / (performance.now() - start);
});
