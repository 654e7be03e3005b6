import type { StateDict, TensorRecord } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { inChannelOrder } from './channel-order.js';
import { currentConvNeXtNames } from './convnext-weights.js';
import { r18 } from './r18.js';
import { currentVitNames } from './vit-weights.js';

const one = (...shape: number[]): TensorRecord => ({ dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
const dictOf = (names: readonly string[]): StateDict => new Map(names.map((name) => [name, one(2)]));

/** Names that the file has, and those of timm. */
const torchvisionVit = {
  class_token: 'cls_token',
  'conv_proj.weight': 'patch_embed.proj.weight',
  'encoder.pos_embedding': 'pos_embed',
  'encoder.layers.encoder_layer_0.ln_1.weight': 'blocks.0.norm1.weight',
  'encoder.layers.encoder_layer_0.self_attention.in_proj_weight': 'blocks.0.attn.qkv.weight',
  'encoder.layers.encoder_layer_0.self_attention.in_proj_bias': 'blocks.0.attn.qkv.bias',
  'encoder.layers.encoder_layer_0.self_attention.out_proj.weight': 'blocks.0.attn.proj.weight',
  'encoder.layers.encoder_layer_11.ln_2.bias': 'blocks.11.norm2.bias',
  'encoder.layers.encoder_layer_11.mlp.0.weight': 'blocks.11.mlp.fc1.weight',
  'encoder.layers.encoder_layer_11.mlp.3.bias': 'blocks.11.mlp.fc2.bias',
  'encoder.layers.encoder_layer_11.mlp.linear_2.weight': 'blocks.11.mlp.fc2.weight',
  'encoder.ln.weight': 'norm.weight',
  'heads.head.weight': 'heads.head.weight',
};
const torchvisionConvNeXt = {
  'features.0.0.weight': 'stem.0.weight',
  'features.0.1.bias': 'stem.1.bias',
  'features.1.0.layer_scale': 'stages.0.blocks.0.gamma',
  'features.1.2.block.0.weight': 'stages.0.blocks.2.conv_dw.weight',
  'features.2.0.weight': 'stages.1.downsample.0.weight',
  'features.2.1.weight': 'stages.1.downsample.1.weight',
  'features.5.8.block.2.bias': 'stages.2.blocks.8.norm.bias',
  'features.7.1.block.3.weight': 'stages.3.blocks.1.mlp.fc1.weight',
  'features.7.1.block.5.bias': 'stages.3.blocks.1.mlp.fc2.bias',
  'classifier.0.weight': 'head.norm.weight',
  'classifier.2.weight': 'classifier.2.weight',
};
const firstConvNeXt = {
  'downsample_layers.0.0.weight': 'stem.0.weight',
  'downsample_layers.3.1.bias': 'stages.3.downsample.1.bias',
  'stages.2.8.dwconv.weight': 'stages.2.blocks.8.conv_dw.weight',
  'stages.2.8.norm.weight': 'stages.2.blocks.8.norm.weight',
  'stages.2.8.pwconv1.weight': 'stages.2.blocks.8.mlp.fc1.weight',
  'stages.2.8.gamma': 'stages.2.blocks.8.gamma',
  'norm.weight': 'head.norm.weight',
  'head.weight': 'head.weight',
};

describe('names of other releases', () => {
  it.each([
    ["torchvision's vision transformers", torchvisionVit, (dict: StateDict) => currentVitNames(dict, {})],
    ["torchvision's ConvNeXt", torchvisionConvNeXt, currentConvNeXtNames],
    ["ConvNeXt's own", firstConvNeXt, currentConvNeXtNames],
  ])('%s become those of timm', (_name, names, rename) => {
    expect([...rename(dictOf(Object.keys(names))).keys()]).toEqual(Object.values(names));
  });

  it('stay where they are those of timm', () => {
    const vit = ['cls_token', 'pos_embed', 'blocks.0.mlp.fc1.weight', 'encoder.norm.weight'];
    expect([...currentVitNames(dictOf(vit), {}).keys()]).toEqual(vit);
    const convnext = Object.values(firstConvNeXt);
    expect([...currentConvNeXtNames(dictOf(convnext)).keys()]).toEqual(convnext);
  });

  it("give ConvNeXt's factors one axis", () => {
    const dict = new Map([
      ['features.0.0.weight', one(1)],
      ['features.1.0.layer_scale', one(4, 1, 1)],
    ]);
    expect(currentConvNeXtNames(dict).get('stages.0.blocks.0.gamma')?.shape).toEqual([4]);
  });

  it('of DINOv2 lose the mask and give the class token its place, where only patches have position vectors', () => {
    const values = (shape: number[], data: number[]): TensorRecord => ({ dtype: 'float32', shape, data: Float32Array.from(data) });
    const dict: StateDict = new Map([
      ['cls_token', values([1, 1, 2], [1, 2])],
      ['mask_token', one(1, 2)],
      ['register_tokens', one(1, 4, 2)],
      ['pos_embed', values([1, 5, 2], [10, 20, 3, 4, 5, 6, 7, 8, 9, 10])],
      ['blocks.0.mlp.w12.weight', one(4, 2)],
      ['blocks.0.mlp.w3.weight', one(2, 2)],
    ]);
    const renamed = currentVitNames(dict, { positionsForAll: false });
    expect([...renamed.keys()]).toEqual(['cls_token', 'reg_token', 'pos_embed', 'blocks.0.mlp.fc1.weight', 'blocks.0.mlp.fc2.weight']);
    expect([...(renamed.get('cls_token') as TensorRecord).data]).toEqual([11, 22]);
    expect(renamed.get('pos_embed')?.shape).toEqual([1, 4, 2]);
    expect([...(renamed.get('pos_embed') as TensorRecord).data]).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(currentVitNames(dict, {}).get('pos_embed')?.shape).toEqual([1, 5, 2]);
    expect(currentVitNames(renamed, { positionsForAll: false })).toEqual(renamed);
  });
});

describe('weights of tiles in BGR order', () => {
  it('have filters of three channels turned round, and each channel normalised as the one in its place', () => {
    const turned = inChannelOrder(r18, 'bgr');
    const filter: TensorRecord = { dtype: 'float32', shape: [2, 3, 1, 2], data: Float32Array.from({ length: 12 }, (_, i) => i) };
    const dict = turned.currentNames?.(
      new Map([
        ['model.conv1.weight', filter],
        ['model.layer1.0.conv1.weight', one(2, 4, 1, 1)],
      ]),
    ) as StateDict;
    expect([...(dict.get('model.conv1.weight') as TensorRecord).data]).toEqual([4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7]);
    expect(filter.data[0]).toBe(0);
    expect(turned.normalisation.mean).toEqual([...r18.normalisation.mean].reverse());
    expect(inChannelOrder(r18, 'rgb')).toBe(r18);
  });
});
