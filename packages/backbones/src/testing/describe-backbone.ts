import { randomStream } from '@slidestream/core';
import {
  checkSaveAndLoad,
  drawn,
  expectClose,
  expectFinite,
  expectSame,
  expectThat,
  type ModuleUnderTest,
  type TestRunner,
} from '@slidestream/tensors/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { Encoder, EncoderSpec } from '../encoder.js';

/** What {@link describeBackbone} tests on. */
export interface DescribeBackboneOptions {
  /** Side of the test tiles; default: the encoder's own, which may be slow. */
  readonly sizePx?: number | undefined;
}

/**
 * The contract of an image encoder as tests: one finite vector a tile, the same alone and in a batch in evaluation mode, a gradient for
 * every parameter, no leaked tensors, save and load. The tensor engine must have been started.
 *
 * @example
 * ```ts
 * import { describe, it } from 'vitest';
 * describeBackbone({ describe, it }, myEncoder, { sizePx: 64 });
 * ```
 */
export function describeBackbone(
  { describe, it }: TestRunner,
  spec: EncoderSpec,
  { sizePx = spec.inputSizePx }: DescribeBackboneOptions = {},
): void {
  const build = (seed = 1): Encoder => spec.build({ random: randomStream('describe-backbone', seed) });
  const tiles = (count: number): tf.Tensor4D => drawn(randomStream('tiles', count), [count, sizePx, sizePx, 3]) as tf.Tensor4D;
  const features = (encoder: Encoder, x: tf.Tensor4D): tf.Tensor2D => encoder.forward(x, { training: false, random: randomStream(0) });

  describe(`encoder ${spec.name}`, () => {
    it('describes itself', () => {
      expectThat(spec.summary.length > 0 && spec.paper.length > 0, 'summary and paper must be there');
      expectThat(Number.isInteger(spec.featureDim) && spec.featureDim > 0, `featureDim is ${spec.featureDim}`);
      const { mean, std } = spec.normalisation;
      expectSame([mean.length, std.length], [3, 3], 'channels of the normalisation');
      expectThat(
        std.every((value) => value > 0),
        'deviations must be above 0',
      );
    });

    it('gives one finite vector a tile, the same alone and in a batch', () => {
      withEncoder(build(), (encoder) => {
        const x = tiles(3);
        const together = features(encoder, x);
        expectSame(together.shape, [3, spec.featureDim], 'shape of the features');
        expectFinite(together.dataSync(), 'features');
        const largest = tf.max(tf.abs(together)).dataSync()[0] as number;
        const second = features(encoder, tf.slice(x, [1, 0, 0, 0], [1, sizePx, sizePx, 3]));
        const row = tf.slice(together, [1, 0], [1, spec.featureDim]);
        expectClose(second.dataSync(), row.dataSync(), 1e-4 * Math.max(1, largest), 'features of a tile alone');
      });
    });

    it('gives a finite gradient to every parameter', () => {
      withEncoder(build(), (encoder) => {
        const x = tiles(2);
        const trainable = [...encoder.trainable()];
        const weights = drawn(randomStream('weights'), [2, spec.featureDim]);
        const { grads } = tf.variableGrads(
          () => tf.sum(tf.mul(encoder.forward(x, { training: true, random: randomStream(1) }), weights)) as tf.Scalar,
          trainable.map(([, { variable }]) => variable),
        );
        for (const [name, { variable }] of trainable) {
          const gradient = grads[variable.name];
          expectThat(gradient !== undefined && gradient !== null, `${name} gets no gradient`);
          expectFinite(gradient.dataSync(), `gradient of ${name}`);
        }
      });
    });

    it('leaks no tensors', () => {
      const x = tiles(1);
      const before = tf.memory().numTensors;
      const encoder = build();
      for (const training of [false, true]) encoder.forward(x, { training, random: randomStream(1) }).dispose();
      encoder.dispose();
      expectThat(tf.memory().numTensors === before, `${tf.memory().numTensors - before} tensors are left`);
      expectThat(!x.isDisposed, 'the encoder disposed its input');
      x.dispose();
    });

    it('is the same after saving and loading', async () => {
      const [saved, loaded, x] = [build(1), build(2), tiles(2)];
      const underTest = (encoder: Encoder): ModuleUnderTest => ({ module: encoder, forward: () => features(encoder, x) });
      await checkSaveAndLoad(underTest(saved), underTest(loaded));
      for (const encoder of [saved, loaded]) encoder.dispose();
      x.dispose();
    });
  });
}

function withEncoder(encoder: Encoder, test: (encoder: Encoder) => void): void {
  try {
    tf.tidy(() => test(encoder));
  } finally {
    encoder.dispose();
  }
}
