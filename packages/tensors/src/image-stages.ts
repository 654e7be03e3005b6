import { randomStream } from '@slidestream/core';
import { clone, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { ForwardContext } from './forward-context.js';
import { chain, type ImageLayer } from './image-layer.js';
import { release } from './image-pass.js';
import type { Module } from './module.js';
import { runImageLayers, runImageNetwork } from './run-image-network.js';

/** Nothing is drawn in evaluation mode. */
const EVALUATION: ForwardContext = { training: false, random: randomStream('evaluation') };

/** A stage of an image network. */
export interface ImageStage {
  readonly name: string;
  /** Owners of every parameter of `layer`. */
  readonly modules: readonly Module[];
  readonly layer: ImageLayer;
}

/** Whether there is something to train in `modules` and none of it may be. */
function isFrozen(modules: readonly Module[]): boolean {
  return modules.every((module) => module.trainable().size === 0);
}

/** How many stages at the front hold nothing that may be trained, while a later one does; 0 when none or all. */
export function frozenStages(stages: readonly { readonly modules: readonly Module[] }[]): number {
  const first = stages.findIndex(({ modules }) => !isFrozen(modules));
  return Math.max(first, 0);
}

/**
 * Runs the stages and a global average pool. Stages at the front of which nothing is trainable run in evaluation mode and keep nothing:
 * their batch norms go by running statistics, which stay as they are.
 *
 * @param module - owner of every parameter
 * @param tiles - float32 [T, h, w, C]
 * @returns float32 [T, D]
 */
export function runImageStages(module: Module, stages: readonly ImageStage[], tiles: Tensor4D, context: ForwardContext): Tensor2D {
  const frozen = frozenStages(stages);
  if (frozen === 0) return runImageNetwork(module, chain(stages.map(({ layer }) => layer)), tiles, context);
  const front = stages.slice(0, frozen);
  const maps = runImageLayers(
    front.flatMap(({ modules }) => modules),
    chain(front.map(({ layer }) => layer)),
    tiles,
    { ...context, training: false },
  );
  const features = runImageNetwork(module, chain(stages.slice(frozen).map(({ layer }) => layer)), maps, context);
  release(maps);
  return features;
}

/**
 * What stages give, in evaluation mode and without gradient.
 *
 * @param tiles - float32 [T, h, w, C]
 * @returns float32 [T, h', w', C'] for each of `wanted`, owned by the caller
 */
export function imageStageMaps(stages: readonly ImageStage[], tiles: Tensor4D, wanted: readonly string[]): Map<string, Tensor4D> {
  const last = stages.findLastIndex(({ name }) => wanted.includes(name));
  const maps = new Map<string, Tensor4D>();
  let x = clone(tiles);
  for (const { name, modules, layer } of stages.slice(0, last + 1)) {
    const y = tidy(() => runImageLayers(modules, layer, x, EVALUATION));
    release(x);
    x = y;
    if (wanted.includes(name)) maps.set(name, clone(y));
  }
  release(x);
  return maps;
}
