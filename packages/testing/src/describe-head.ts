import { strict as assert } from 'node:assert';
import { type RandomStream, randomStream } from '@slidestream/core';
import type { HeadInput, HeadOutput, HeadSpec, MilHead } from '@slidestream/mil-heads';
import { loadStateDict, toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { TestRunner } from './test-runner.js';

/** What {@link describeHead} builds. */
export interface DescribeHeadOptions {
  /** Options of the head under test; small widths keep the suite fast. */
  readonly options?: object | undefined;
  /** D; default 12. */
  readonly inputDim?: number | undefined;
  /** C; default 2. */
  readonly classes?: number | undefined;
}

/**
 * The contract of a MIL head as tests: shapes, attention that sums to one, bags of one instance, padding without effect,
 * order without effect where declared, gradients for every parameter, no leaked tensors, save and load, repeatable training.
 * The tensor engine must have been started.
 *
 * @example
 * ```ts
 * import { describe, it } from 'vitest';
 * describeHead({ describe, it }, myHead, { options: { innerDim: 16 } });
 * ```
 */
export function describeHead({ describe, it }: TestRunner, spec: HeadSpec, given: DescribeHeadOptions = {}): void {
  const sizes = { inputDim: given.inputDim ?? 12, classes: given.classes ?? 2 };
  const build = (seed = 1): MilHead => spec.build({ sizes, options: given.options, random: randomStream('describe-head', seed) });
  const bags = (count: number, instances: number): tf.Tensor3D =>
    normal(randomStream('bags', count, instances), [count, instances, sizes.inputDim]);

  describe(`head ${spec.name}`, () => {
    it('describes itself', () => {
      const properties = Object.keys((spec.schema.properties ?? {}) as object).sort();
      assert.deepEqual(properties, Object.keys(spec.defaults).sort(), 'every option has a default and a schema');
      assert.ok(spec.summary.length > 0 && spec.paper.length > 0 && spec.tasks.length > 0);
    });

    for (const [count, instances] of [
      [1, 1],
      [1, 7],
      [3, 17],
    ] as const) {
      it(`gives [B, C] logits and normalised attention for ${count} × ${instances}`, () => {
        withHead(build(), (head) => {
          const output = run(head, { features: bags(count, instances) });
          assert.deepEqual(output.logits.shape, [count, sizes.classes]);
          assert.ok(output.logits.dataSync().every(Number.isFinite));
          if (output.embedded !== null) assert.deepEqual(output.embedded.shape.slice(0, 2), [count, instances]);
          if (output.pooled !== null) assert.equal(output.pooled.shape[0], count);
          if (output.attention === null) return;
          assert.equal(output.attention.shape[0], count);
          assert.equal(output.attention.shape.at(-1), instances);
          if (spec.normalisedAttention === false) return;
          close(tf.sum(output.attention, -1).dataSync(), new Float32Array(output.attention.size / instances).fill(1), 1e-4);
        });
      });
    }

    it('ignores padding', () => {
      withHead(build(), (head) => {
        const [one, two] = [bags(1, 9), normal(randomStream('other'), [1, 6, sizes.inputDim]) as tf.Tensor3D];
        const padded = tf.concat([one, tf.concat([two, tf.fill([1, 3, sizes.inputDim], 7) as tf.Tensor3D], 1)], 0);
        const mask = tf.tensor2d([Array(9).fill(1), [...Array(6).fill(1), 0, 0, 0]]);
        const together = run(head, { features: padded, mask });
        const alone = [run(head, { features: one }), run(head, { features: two })] as const;
        close(together.logits.dataSync(), tf.concat([alone[0].logits, alone[1].logits], 0).dataSync(), 1e-4);
        if (together.attention === null) return;
        const tail = tf.slice(together.attention, [1, ...together.attention.shape.slice(1, -1).map(() => 0), 6]);
        close(tail.dataSync(), new Float32Array(tail.size), 1e-6);
      });
    });

    if (spec.permutationInvariant === true) {
      it('ignores the order of instances', () => {
        withHead(build(), (head) => {
          const features = bags(2, 11);
          const shuffled = tf.gather(features, tf.tensor1d([...randomStream('order').permutation(11)], 'int32'), 1) as tf.Tensor3D;
          close(run(head, { features }).logits.dataSync(), run(head, { features: shuffled }).logits.dataSync(), 1e-4);
        });
      });
    }

    it('gives a finite gradient to every parameter and to the features', () => {
      withHead(build(), (head) => {
        const features = tf.variable(bags(2, 20)) as unknown as tf.Tensor3D & tf.Variable;
        const labels = tf.tensor1d([0, 1], 'int32');
        const trainable = [...head.trainable()];
        const { grads } = tf.variableGrads(() => {
          const output = head.forward({ features, labels }, { training: true, random: randomStream('dropout') });
          const loss = tf.neg(tf.sum(tf.mul(tf.logSoftmax(output.logits), tf.oneHot(labels, sizes.classes))));
          return (output.auxiliaryLoss === null ? loss : tf.add(loss, output.auxiliaryLoss)) as tf.Scalar;
        }, [features, ...trainable.map(([, { variable }]) => variable)]);
        for (const [name, { variable }] of trainable) {
          const gradient = grads[variable.name];
          assert.ok(gradient !== undefined && gradient !== null, `${name} gets no gradient`);
          assert.ok(gradient.dataSync().every(Number.isFinite), `${name} gets a gradient that is not finite`);
        }
        assert.ok(tf.max(tf.abs(grads[features.name] as tf.Tensor)).dataSync()[0]! > 0, 'the features get no gradient');
        features.dispose();
      });
    });

    it('leaks no tensors', () => {
      const features = bags(2, 9);
      const before = tf.memory().numTensors;
      const head = build();
      for (const training of [false, true]) {
        const output = head.forward({ features, labels: tf.tensor1d([0, 1], 'int32') }, { training, random: randomStream(1) });
        for (const value of Object.values(output)) if (value instanceof tf.Tensor) value.dispose();
      }
      head.dispose();
      // The two label tensors above are the test's own.
      assert.equal(tf.memory().numTensors, before + 2);
      assert.equal(features.isDisposed, false, 'the head disposed its input');
    });

    it('is the same after saving and loading', async () => {
      const saved = build(1);
      const state = await toStateDict(saved);
      withHead(build(2), (loaded) => {
        const features = bags(2, 9);
        loadStateDict(loaded, state);
        close(run(loaded, { features }).logits.dataSync(), run(saved, { features }).logits.dataSync(), 0);
        saved.dispose();
      });
    });

    it('repeats a training pass bit by bit from the same stream', () => {
      withHead(build(), (head) => {
        const features = bags(2, 20);
        const pass = () => run(head, { features, labels: tf.tensor1d([0, 1], 'int32') }, true).logits.dataSync();
        assert.deepEqual(pass(), pass());
      });
    });
  });
}

function withHead(head: MilHead, test: (head: MilHead) => void): void {
  try {
    tf.tidy(() => test(head));
  } finally {
    head.dispose();
  }
}

function run(head: MilHead, input: HeadInput, training = false): HeadOutput {
  return head.forward(input, { training, random: randomStream('context') });
}

function normal(random: RandomStream, shape: [number, number, number]): tf.Tensor3D {
  return tf.tensor3d(
    Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, () => random.normal()),
    shape,
  );
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs((actual[i] as number) - (expected[i] as number));
    assert.ok(apart <= tolerance, `value ${i} is ${actual[i]}, expected ${expected[i]} ± ${tolerance}`);
  }
}
