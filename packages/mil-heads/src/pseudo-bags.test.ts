import { randomStream } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { splitIntoPseudoBags } from './pseudo-bags.js';

const split = (instances: number, short: 'repeat' | 'empty', more: object = {}) =>
  splitIntoPseudoBags({ bags: 1, instances, groups: 5, short, ...more });
const sizes = ({ members }: { members: Float32Array }, instances: number): number[] =>
  Array.from({ length: 5 }, (_, g) => members.slice(g * instances, (g + 1) * instances).reduce((a, b) => a + b, 0));

describe('splitIntoPseudoBags', () => {
  it('gives the first ones the remainder, in order', () => {
    const result = split(7, 'repeat');
    expect(sizes(result, 7)).toEqual([2, 2, 1, 1, 1]);
    expect([...result.members.slice(0, 7)]).toEqual([1, 1, 0, 0, 0, 0, 0]);
  });
  it('repeats or leaves empty what a short bag cannot fill', () => {
    expect(sizes(split(2, 'repeat'), 2)).toEqual([1, 1, 1, 1, 1]);
    expect([...split(2, 'repeat').own]).toEqual([1, 1, 0, 0, 0]);
    expect(sizes(split(2, 'empty'), 2)).toEqual([1, 1, 0, 0, 0]);
  });
  it('leaves padding out and uses every real instance once', () => {
    const mask = [1, 0, 1, 1, 0, 1, 1];
    const { members } = split(7, 'repeat', { mask, random: randomStream(3) });
    const uses = mask.map((_, n) => Array.from({ length: 5 }, (_, g) => members[g * 7 + n] as number).reduce((a, b) => a + b, 0));
    expect(uses).toEqual(mask);
  });
});
