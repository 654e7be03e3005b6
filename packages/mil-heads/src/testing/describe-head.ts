import { randomStream, SlidestreamError } from '@slidestream/core';
import {
  checkDirectionalDerivative,
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
import type { HeadInput, HeadOutput, HeadSpec, MilHead } from '../head.js';

/** What {@link describeHead} builds. */
export interface DescribeHeadOptions {
  /** Options of the head under test; small widths keep the suite fast. */
  readonly options?: object | undefined;
  /** D; default 12. */
  readonly inputDim?: number | undefined;
  /** C; default 2. */
  readonly classes?: number | undefined;
  /** Instances of the large bag; default 200,000, or 6,000 for heads of quadratic cost. 0 leaves it out. */
  readonly largeBag?: number | undefined;
  /** Bytes that the large bag may take at once; default 1.5 GiB, or half a GiB for heads of quadratic cost, which all pairs at once would not keep. */
  readonly largeBagBytes?: number | undefined;
}

/**
 * The contract of a MIL head as tests: shapes, attention that sums to one, bags of one instance and very large ones, padding without effect
 * on results and gradients, order without effect where declared, gradients that agree with differences, no leaked tensors, save
 * and load, repeatable training. The tensor engine must have been started.
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
  const bags = (count: number, instances: number, seed = 0): tf.Tensor3D =>
    drawn(randomStream('bags', count, instances, seed), [count, instances, sizes.inputDim]) as tf.Tensor3D;
  const labelsOf = (count: number): tf.Tensor1D =>
    tf.tensor1d(
      Int32Array.from({ length: count }, (_, i) => i % sizes.classes),
      'int32',
    );
  const trained = (head: MilHead, features: tf.Tensor3D): tf.Scalar => {
    const labels = labelsOf(features.shape[0]);
    const output = head.forward(inputOf({ features, labels }), { training: true, random: randomStream('dropout') });
    const loss = tf.neg(tf.sum(tf.mul(tf.logSoftmax(output.logits), tf.oneHot(labels, sizes.classes))));
    return (output.auxiliaryLoss === null ? loss : tf.add(loss, output.auxiliaryLoss)) as tf.Scalar;
  };
  const underTest = (head: MilHead, features: tf.Tensor3D): ModuleUnderTest => ({
    module: head,
    forward: () => run(head, { features }).logits,
  });

  describe(`head ${spec.name}`, () => {
    it('describes itself', () => {
      const properties = Object.keys((spec.schema.properties ?? {}) as object).sort();
      expectSame(properties, Object.keys(spec.defaults).sort(), 'options with a schema, and with a default');
      expectThat(spec.summary.length > 0 && spec.paper.length > 0 && spec.tasks.length > 0, 'summary, paper and tasks must be there');
    });

    for (const [count, instances] of [
      [1, 1],
      [1, 7],
      [3, 17],
    ] as const) {
      it(`gives [B, C] logits and normalised attention for ${count} × ${instances}`, () => {
        withHead(build(), (head) => checkOutput(run(head, { features: bags(count, instances) }), spec, [count, instances, sizes.classes]));
      });
    }

    const large = given.largeBag ?? (spec.cost === 'quadratic' ? 6000 : 200_000);
    if (large > 0) {
      it(`takes a bag of ${large} instances in bounded memory`, async () => {
        const features = tf.tidy(() => {
          const repeated = tf.tile(bags(1, 1000), [1, Math.ceil(large / 1000), 1]);
          return tf.slice(repeated, [0, 0, 0], [1, large, sizes.inputDim]);
        }) as tf.Tensor3D;
        const head = build();
        const before = tf.memory().numBytes;
        const { peakBytes } = await tf.profile(() => {
          tf.tidy(() => checkOutput(run(head, { features }), spec, [1, large, sizes.classes]));
        });
        tf.dispose(features);
        head.dispose();
        const most = given.largeBagBytes ?? (spec.cost === 'quadratic' ? 2 ** 29 : 1.5 * 2 ** 30);
        expectThat(peakBytes - before <= most, `the pass took ${Math.round((peakBytes - before) / 2 ** 20)} MiB at once`);
      });
    }

    it('ignores padding, in results and in gradients', () => {
      withHead(build(), (head) => {
        const [one, two] = [bags(1, 9), bags(1, 6, 1)];
        const padded = tf.concat([one, tf.concat([two, tf.fill([1, 3, sizes.inputDim], 7) as tf.Tensor3D], 1)], 0);
        const mask = tf.tensor2d([Array(9).fill(1), [...Array(6).fill(1), 0, 0, 0]]);
        const together = run(head, { features: padded, mask });
        const alone = [run(head, { features: one }), run(head, { features: two })] as const;
        const [first, second] = alone.map(({ logits }) => logits.dataSync());
        expectClose(together.logits.dataSync(), [...(first as Float32Array), ...(second as Float32Array)], 1e-4, 'logits');
        const inner = together.attention.shape.slice(1, -1);
        const part = (from: number, count: number): Float32Array =>
          tf.slice(together.attention, [1, ...inner.map(() => 0), from], [1, ...inner, count]).dataSync() as Float32Array;
        expectClose(part(6, 3), new Float32Array(3 * inner.reduce((a, b) => a * b, 1)), 1e-6, 'attention of padding');
        expectClose(part(0, 6), alone[1].attention.dataSync(), 1e-4, 'attention of a padded bag');
        const gradient = tf.grad((x) => tf.sum(tf.square(run(head, { features: x as tf.Tensor3D, mask }).logits)))(padded);
        const own = tf.grad((x) => tf.sum(tf.square(run(head, { features: x as tf.Tensor3D }).logits)))(two);
        const rows = (from: number, count: number): Float32Array =>
          tf.slice(gradient, [1, from, 0], [1, count, sizes.inputDim]).dataSync() as Float32Array;
        expectClose(rows(6, 3), new Float32Array(3 * sizes.inputDim), 1e-6, 'gradient by padding');
        expectClose(rows(0, 6), own.dataSync(), 1e-3, 'gradient by a padded bag');
      });
    });

    if (spec.permutationInvariant === true) {
      it('ignores the order of instances', () => {
        withHead(build(), (head) => {
          const order = tf.tensor1d([...randomStream('order').permutation(11)], 'int32');
          const [features, positions] = [bags(2, 11), positionsOf(2, 11)];
          const shuffled = { features: tf.gather(features, order, 1), positions: tf.gather(positions, order, 1) };
          const [before, after] = [run(head, { features, positions }), run(head, shuffled as HeadInput)];
          expectClose(after.logits.dataSync(), before.logits.dataSync(), 1e-4, 'logits');
          const moved = tf.gather(before.attention, order, before.attention.rank - 1);
          expectClose(after.attention.dataSync(), moved.dataSync(), 1e-4, 'attention');
        });
      });
    }

    if (spec.needsPositions === true) {
      it('asks for positions', () => {
        withHead(build(), (head) => {
          let thrown: unknown = null;
          try {
            head.forward({ features: bags(1, 4) }, { training: false, random: randomStream(1) });
          } catch (error) {
            thrown = error;
          }
          expectThat(
            thrown instanceof SlidestreamError && thrown.code === 'heads/bad-input',
            'must throw heads/bad-input without positions',
          );
        });
      });
    }

    for (const instances of [1, 20]) {
      it(`gives a finite gradient to every parameter and to the features of ${instances} instance${instances === 1 ? '' : 's'}`, () => {
        withHead(build(), (head) => {
          const features = tf.variable(bags(2, instances)) as unknown as tf.Tensor3D & tf.Variable;
          const trainable = [...head.trainable()];
          const { grads } = tf.variableGrads(() => trained(head, features), [features, ...trainable.map(([, { variable }]) => variable)]);
          for (const [name, { variable }] of trainable) {
            const gradient = grads[variable.name];
            expectThat(gradient !== undefined && gradient !== null, `${name} gets no gradient`);
            expectFinite(gradient.dataSync(), `gradient of ${name}`);
          }
          const byFeatures = (grads[features.name] as tf.Tensor).dataSync();
          expectFinite(byFeatures, 'gradient by the features');
          expectThat(
            byFeatures.some((value) => value !== 0),
            'the features get no gradient',
          );
          features.dispose();
        });
      });
    }

    it('has the gradient that differences of its loss give', () => {
      withHead(build(), (head) => {
        const features = bags(2, 8);
        checkDirectionalDerivative({ module: head, forward: () => trained(head, features) });
      });
    });

    it('leaks no tensors', () => {
      const [features, labels] = [bags(2, 9), labelsOf(2)];
      const positions = positionsOf(2, 9);
      const before = tf.memory().numTensors;
      const head = build();
      for (const training of [false, true]) {
        const output = head.forward({ features, labels, positions }, { training, random: randomStream(1) });
        for (const value of Object.values(output)) if (value instanceof tf.Tensor) value.dispose();
      }
      head.dispose();
      expectThat(tf.memory().numTensors === before, `${tf.memory().numTensors - before} tensors are left`);
      expectThat(!features.isDisposed, 'the head disposed its input');
      tf.dispose([features, labels, positions]);
    });

    it('is the same after saving and loading', async () => {
      const [saved, loaded, features] = [build(1), build(2), bags(2, 9)];
      await checkSaveAndLoad(underTest(saved, features), underTest(loaded, features));
      for (const head of [saved, loaded]) head.dispose();
      features.dispose();
    });

    it('repeats a training pass bit by bit from the same stream', () => {
      withHead(build(), (head) => {
        const features = bags(2, 20);
        const pass = () => run(head, { features, labels: labelsOf(2) }, true).logits.dataSync();
        expectSame(pass(), pass(), 'logits');
      });
    });
  });
}

/** Grid positions on a few rows, one column after the other: float32 [B, N, 2]. */
function positionsOf(count: number, instances: number): tf.Tensor3D {
  const values = Float32Array.from({ length: count * instances * 2 }, (_, i) => {
    const n = Math.floor(i / 2) % instances;
    return i % 2 === 0 ? Math.floor(n / 5) : n % 5;
  });
  return tf.tensor3d(values, [count, instances, 2]);
}

/** The input with positions, for those who look at them. */
function inputOf(input: HeadInput): HeadInput {
  return { positions: positionsOf(input.features.shape[0], input.features.shape[1]), ...input };
}

function checkOutput(output: HeadOutput, spec: HeadSpec, [count, instances, classes]: readonly [number, number, number]): void {
  const { logits, attention, embedded, pooled } = output;
  expectSame(logits.shape, [count, classes], 'shape of the logits');
  expectFinite(logits.dataSync(), 'logits');
  if (embedded !== null) expectSame(embedded.shape.slice(0, 2), [count, instances], 'bags and instances of the embedded features');
  if (pooled !== null) expectThat(pooled.shape[0] === count, 'a bag vector each');
  expectSame([attention.shape[0], attention.shape.at(-1)], [count, instances], 'bags and instances of the attention');
  expectFinite(attention.dataSync(), 'attention');
  if (spec.normalisedAttention === false) return;
  expectThat((tf.min(attention).dataSync()[0] as number) >= 0, 'attention is negative');
  expectClose(tf.sum(attention, -1).dataSync(), new Float32Array(attention.size / instances).fill(1), 1e-3, 'sum of the attention');
}

function withHead(head: MilHead, test: (head: MilHead) => void): void {
  try {
    tf.tidy(() => test(head));
  } finally {
    head.dispose();
  }
}

function run(head: MilHead, input: HeadInput, training = false): HeadOutput {
  return head.forward(inputOf(input), { training, random: randomStream('context') });
}
