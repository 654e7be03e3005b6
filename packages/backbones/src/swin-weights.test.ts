import type { StateDict, TensorRecord } from '@slidestream/core';
import { expect, it } from 'vitest';
import { currentSwinNames } from './swin-weights.js';

const record = (value: number): TensorRecord => ({ dtype: 'float32', shape: [1], data: Float32Array.of(value) });
const dictOf = (...names: string[]): StateDict => new Map(names.map((name, i) => [name, record(i)]));

it('moves the patch merging of older weights to the next stage and drops constants', () => {
  const old = dictOf(
    'encoder.layers.0.blocks.0.attn.relative_position_index',
    'encoder.layers.0.blocks.1.attn_mask',
    'encoder.layers.0.downsample.norm.weight',
    'encoder.layers.1.downsample.norm.weight',
    'encoder.layers.1.blocks.0.attn.relative_position_bias_table',
  );
  const now = currentSwinNames(old);
  expect([...now.keys()]).toEqual([
    'encoder.layers.1.downsample.norm.weight',
    'encoder.layers.2.downsample.norm.weight',
    'encoder.layers.1.blocks.0.attn.relative_position_bias_table',
  ]);
  expect([...now.values()].map(({ data }) => data[0])).toEqual([2, 3, 4]);
});

it('leaves current weights as they are', () => {
  const dict = dictOf('layers.1.downsample.norm.weight', 'layers.2.downsample.norm.weight', 'norm.weight');
  expect(currentSwinNames(dict)).toEqual(dict);
});
