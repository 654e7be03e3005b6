import { randomStream } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { abmil, createHeadRegistry, heads } from './index.js';

const sizes = { inputDim: 8, classes: 2 };
const build = (choice: { name: string; [key: string]: unknown }) => () => heads.build(choice, sizes, randomStream(1));

describe('heads', () => {
  it('names its heads and finds them', () => {
    expect(heads.names).toContain('abmilx');
    expect(heads.get('abmil')).toBe(abmil);
  });
  it('takes another head without changing', () => {
    const mine = { ...abmil, name: 'mine', aliases: ['my_old_name'] };
    const registry = heads.with(mine);
    expect(registry.names).toContain('mine');
    expect(registry.get('my_old_name')).toBe(mine);
    expect(heads.names).not.toContain('mine');
  });
  it('replaces a head of the same name', () => {
    const mine = { ...abmil, summary: 'other' };
    expect(createHeadRegistry([abmil]).with(mine).get('abmil').summary).toBe('other');
  });
  it('says which heads there are and which is near', () => {
    expect(build({ name: 'abmlix' })).toThrow(
      expect.objectContaining({ code: 'heads/unknown-name', hint: expect.stringContaining('"abmilx"') }),
    );
  });
  it('refuses unknown options with the nearest', () => {
    expect(build({ name: 'abmil', dropuot: 0.1 })).toThrow(
      expect.objectContaining({ code: 'heads/unknown-option', hint: expect.stringContaining('"dropout"') }),
    );
  });
  it.each([
    ['dropout', 1],
    ['dropout', -0.1],
    ['dropout', 'much'],
    ['innerDim', 1.5],
    ['norm', 'bn'],
    ['bias', 1],
    ['heads', 7],
  ])('refuses %s = %s', (option, value) => {
    expect(build({ name: 'abmilx', [option]: value })).toThrow(expect.objectContaining({ code: 'heads/bad-option', category: 'usage' }));
  });
  it('documents every option with its default', () => {
    for (const name of heads.names) {
      const { defaults, schema } = heads.get(name);
      const properties = schema.properties as Record<string, { default: unknown; description: string }>;
      expect(Object.keys(properties).sort(), name).toEqual(Object.keys(defaults).sort());
      for (const [option, value] of Object.entries(defaults)) expect(properties[option]?.default, `${name}.${option}`).toEqual(value);
    }
  });
});

describe('fromReferenceOptions', () => {
  it('keeps the reference’s defects', () => {
    expect(heads.get('abmil').fromReferenceOptions?.({ dropout: 0.6 })).toMatchObject({ dropout: 0.25 });
    expect(heads.get('abmilx').fromReferenceOptions?.({ mil_norm: 'none', ffn: true })).toMatchObject({
      norm: 'none',
      feedForwardNorm: false,
    });
    expect(heads.get('abmilx').fromReferenceOptions?.({ mil_norm: null, ffn: true })).toMatchObject({
      norm: 'none',
      feedForwardNorm: true,
    });
  });
  it.each([
    [{ D: 2, inner_dim: 64, n_heads: 4 }, 8],
    [{ D: 32, inner_dim: 64, n_heads: 4 }, 8],
    [{ D: 32, inner_dim: 64, n_heads: 4, attn_plus_embed_new: true }, 32],
    [{ D: 2, inner_dim: 64, n_heads: 4, attn_plus_embed_new: true }, 32],
    [{ inner_dim: 64, n_heads: 4 }, null],
  ])('reads D of %j as %s', (options, scoreDim) => {
    expect(heads.get('abmilx').fromReferenceOptions?.(options)).toMatchObject({ scoreDim });
  });
  it('refuses what the reference does not have', () => {
    expect(() => heads.get('abmil').fromReferenceOptions?.({ n_heads: 8 })).toThrow(
      expect.objectContaining({ code: 'heads/unknown-option' }),
    );
  });
});
