import { describe, expect, it } from 'vitest';
import { UnknownCase } from './conformance-case.js';
import { encoderSpecOf } from './encoder-spec.js';

const sizes = { embed_dim: 32, depth: 1, num_heads: 2 };

describe('encoderSpecOf', () => {
  it('finds an encoder by name, or builds one of its family in the sizes of the case', () => {
    expect(encoderSpecOf('uni', {}, new Set()).featureDim).toBe(1024);
    const vit = encoderSpecOf('vit', { ...sizes, img_size: 64, patch_size: 8, reg_tokens: 4 }, new Set(['cls_token']));
    expect(vit).toMatchObject({ featureDim: 32, inputSizePx: 64 });
    const swin = encoderSpecOf('chief', { img_size: 64, embed_dim: 16, depths: [1, 1], num_heads: [1, 2] }, new Set());
    expect(swin).toMatchObject({ featureDim: 32, inputSizePx: 64 });
  });

  it.each([
    ['vit', { ...sizes, qk_norm: true }, /qk_norm/],
    ['vit', { ...sizes, mlp: 'moe' }, /mlp = "moe"/],
    ['vit', { depth: 1 }, /embed_dim/],
    ['chief', { pool: 'token' }, /pool = "token"/],
    ['r18', { depth: 1 }, /options depth of encoder "r18"/],
  ])('reports %s with %j as unknown', (encoder, options, reason) => {
    const names = new Set(['cls_token']);
    expect(() => encoderSpecOf(encoder, options, names)).toThrow(UnknownCase);
    expect(() => encoderSpecOf(encoder, options, names)).toThrow(reason);
  });
});
