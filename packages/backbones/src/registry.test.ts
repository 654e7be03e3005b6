import { describe, expect, it } from 'vitest';
import { createEncoderRegistry, encoders } from './registry.js';
import { resNetSpec } from './resnet.js';

const mine = resNetSpec({ name: 'mine', summary: 'one stage', stages: [1], bottleneck: false });

describe('encoders', () => {
  it('names what it has', () => {
    expect(Object.fromEntries(encoders.names.map((name) => [name, encoders.get(name).featureDim]))).toEqual({
      ...{ r18: 256, r18a: 512, r34: 256, r50: 1024, r50v2: 1024, r101: 1024 },
      ...{ 'efficientnet-lite0': 1280, 'convnext-tiny': 768, uni: 1024, gigap: 1536, chief: 768 },
      ...{ 'vit-s16': 384, 'vit-b16': 768, 'vit-l16': 1024, 'vit-h14': 1280 },
      ...{ 'dinov2-s14': 384, 'dinov2-b14': 768, 'dinov2-l14': 1024, 'dinov2-g14': 1536 },
      ...{ 'dinov2-s14-reg4': 384, 'dinov2-b14-reg4': 768, 'dinov2-l14-reg4': 1024, 'dinov2-g14-reg4': 1536 },
    });
  });

  it('tells stages whose last has the width of the features or of the map behind them', () => {
    for (const name of encoders.names) {
      const { stages, featureDim } = encoders.get(name);
      expect(stages?.at(-1)?.featureDim, name).toBe(featureDim);
    }
  });

  it('takes one more without changing', () => {
    const more = encoders.with(mine);
    expect(more.get('mine')).toBe(mine);
    expect(more.names.length).toBe(encoders.names.length + 1);
    expect(encoders.names).not.toContain('mine');
  });

  it('refuses two of one name', () => {
    expect(() => encoders.with({ ...mine, name: 'r18' })).toThrow(expect.objectContaining({ code: 'encoders/duplicate-name' }));
    expect(() => createEncoderRegistry([mine, mine])).toThrow(/two encoders named "mine"/);
  });

  it('says what it knows, and the nearest', () => {
    expect(() => encoders.get('resnet18')).toThrow(expect.objectContaining({ code: 'encoders/unknown-name' }));
    expect(() => encoders.get('r8')).toThrow(/known: r18, r18a, r34, r50, r50v2, r101, efficientnet-lite0, .*Did you mean "r18"/);
    expect(() => encoders.get('efficientnet_lite')).toThrow(/Did you mean "efficientnet-lite0"/);
  });
});
