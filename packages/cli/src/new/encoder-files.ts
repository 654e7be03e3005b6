import type { NewNames } from './package-name.js';

/** Source of an encoder that works and is small enough to be replaced: patches, one hidden layer, their mean. */
export function encoderSource({ specName, identifier, className }: NewNames): string {
  return `import { type Encoder, type EncoderSpec, imageNet } from '@slidestream/backbones';
import type { RandomStream } from '@slidestream/core';
import { gelu, Linear, Module } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';

const PATCH_PX = 8;
const FEATURE_DIM = 64;

class ${className} extends Module implements Encoder {
  readonly spec: EncoderSpec = ${identifier};
  readonly #patches: Linear;
  readonly #features: Linear;

  constructor(random: RandomStream) {
    super();
    // Names of children are the names in the state dict.
    const values = PATCH_PX * PATCH_PX * 3;
    this.#patches = this.child('patches', new Linear({ inputDim: values, outputDim: 128, random: random.fork('patches') }));
    this.#features = this.child('features', new Linear({ inputDim: 128, outputDim: FEATURE_DIM, random: random.fork('features') }));
  }

  forward(tiles: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => {
      const [count, height, width] = tiles.shape; // [T, h, w, 3]
      const [rows, columns] = [Math.floor(height / PATCH_PX), Math.floor(width / PATCH_PX)];
      const cut = tf.slice(tiles, [0, 0, 0, 0], [count, rows * PATCH_PX, columns * PATCH_PX, 3]);
      const grid = tf.transpose(tf.reshape(cut, [count, rows, PATCH_PX, columns, PATCH_PX * 3]), [0, 1, 3, 2, 4]);
      const patches = tf.reshape(grid, [count, rows * columns, PATCH_PX * PATCH_PX * 3]); // [T, patches, values]
      const hidden = tf.mean(gelu(this.#patches.forward(patches)), 1); // [T, 128]
      return this.#features.forward(hidden) as tf.Tensor2D; // [T, D]
    });
  }
}

/** Mean of embedded patches: replace it by your own. */
export const ${identifier}: EncoderSpec = Object.freeze({
  name: '${specName}',
  summary: 'Mean of embedded patches',
  paper: 'unpublished',
  featureDim: FEATURE_DIM,
  inputSizePx: 224,
  normalisation: imageNet,
  build: ({ random }: { readonly random: RandomStream }) => new ${className}(random),
});
`;
}

/** Its test: the conformance suite. */
export function encoderTest({ specName, identifier }: NewNames): string {
  return `import { describeBackbone } from '@slidestream/backbones/testing';
import { startEngine } from '@slidestream/engine-node';
import { describe, it } from 'vitest';
import { ${identifier} } from './${specName}.js';

await startEngine();

describeBackbone({ describe, it }, ${identifier}, { sizePx: 64 });
`;
}
