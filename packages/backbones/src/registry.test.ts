import { describe, expect, it } from 'vitest';
import { createEncoderRegistry, encoders } from './registry.js';
import { resNetSpec } from './resnet.js';

const mine = resNetSpec({ name: 'mine', summary: 'one stage', stages: [1], bottleneck: false });

describe('encoders', () => {
  it('names what it has', () => {
    expect(encoders.names).toEqual(['r18', 'r18a', 'r50', 'r50v2', 'efficientnet-lite0', 'uni', 'gigap', 'chief']);
    expect(encoders.names.map((name) => encoders.get(name).featureDim)).toEqual([256, 512, 1024, 1024, 1280, 1024, 1536, 768]);
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
    expect(() => encoders.get('r8')).toThrow(/known: r18, r18a, r50, r50v2, efficientnet-lite0, uni, gigap, chief.*Did you mean "r18"/);
    expect(() => encoders.get('efficientnet_lite')).toThrow(/Did you mean "efficientnet-lite0"/);
  });
});
