import { randomStream } from '@slidestream/core';
import { type ForwardContext, frozenStages, type Module } from '@slidestream/tensors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { RecomputedWalk } from './recomputed.js';

/** Moves a walk on. */
export type WalkStep = (walk: RecomputedWalk, context: ForwardContext) => unknown;

/** A stage of a network that is walked piece by piece. */
export interface WalkStage {
  readonly name: string;
  readonly modules: readonly Module[];
  readonly steps: readonly WalkStep[];
}

/** Walks `walk` through all stages; those at the front of which nothing is trainable go in evaluation mode. */
export function walkStages(walk: RecomputedWalk, stages: readonly WalkStage[], context: ForwardContext): RecomputedWalk {
  const frozen = frozenStages(stages);
  for (const [i, { steps }] of stages.entries()) {
    const own = i < frozen ? { ...context, training: false } : context;
    for (const step of steps) step(walk, own);
  }
  return walk;
}

/**
 * What stages give, in evaluation mode and without gradient.
 *
 * @returns float32 tensors for each of `wanted`, owned by the caller, as `shown` makes them
 */
export function walkedMaps<T extends Tensor>(
  input: Tensor,
  stages: readonly WalkStage[],
  wanted: readonly string[],
  shown: (x: Tensor) => T,
): Map<string, T> {
  const context: ForwardContext = { training: false, random: randomStream('evaluation') };
  const walk = new RecomputedWalk(input, false);
  const maps = new Map<string, T>();
  const last = stages.findLastIndex(({ name }) => wanted.includes(name));
  for (const { name, steps } of stages.slice(0, last + 1)) {
    for (const step of steps) step(walk, context);
    if (wanted.includes(name)) maps.set(name, shown(walk.end));
  }
  walk.end.dispose();
  return maps;
}
