import type { StateDict, TensorRecord } from '@slidestream/core';
import { UnknownCase } from './conformance-case.js';

/** [name, shape, kind, seed] of one tensor that a formula makes. */
export type FormulaEntry = readonly [name: string, shape: readonly number[], kind: string, seed: number];

/** What a formula makes of u in [0, 1), by the kinds of vectors/README.md. */
const KINDS: Readonly<Record<string, (u: number, shape: readonly number[]) => number>> = {
  conv: (u, shape) => (2 * u - 1) * Math.sqrt(6 / fanIn(shape)),
  linear: (u, shape) => (2 * u - 1) * Math.sqrt(3 / fanIn(shape)),
  embed: (u) => (2 * u - 1) * 0.5,
  scale: (u) => 0.5 + u,
  bias: (u) => (2 * u - 1) * 0.1,
  running_mean: (u) => (2 * u - 1) * 0.1,
  running_var: (u) => 0.5 + u,
};

/** Weights that are given by a formula and a seed each. */
export function formulaState(entries: readonly FormulaEntry[]): StateDict {
  return new Map(
    entries.map(([name, shape, kind, seed]) => {
      const formula = KINDS[kind];
      if (formula === undefined) throw new UnknownCase(`weights of kind "${kind}"`);
      return [name, formulaTensor(shape, seed, (u) => formula(u, shape))] as const;
    }),
  );
}

/** float32 tensor of `shape`, one draw per element in row-major order. */
export function formulaTensor(shape: readonly number[], seed: number, formula: (u: number) => number): TensorRecord {
  const draw = mulberry32(seed);
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < data.length; i++) data[i] = formula(draw());
  return { dtype: 'float32', shape, data };
}

function fanIn(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/** Tommy Ettinger's mulberry32: uniform in [0, 1) with 32 bits. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000;
  };
}
