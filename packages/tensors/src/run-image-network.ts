import { clone, customGrad, engine, type Tensor, type Tensor2D, type Tensor4D, zeros } from '@tensorflow/tfjs-core';
import type { ForwardContext } from './forward-context.js';
import type { ImageLayer } from './image-layer.js';
import { ImagePass, release } from './image-pass.js';
import { currentKernels } from './kernels/installed.js';
import type { Kernels } from './kernels/kernels.js';
import type { Module } from './module.js';
import type { Parameter } from './parameter.js';

/** What follows the layers inside the same operation. */
interface Ending {
  /** Consumes nothing. */
  readonly forward: (y: Tensor4D, kernels: Kernels) => Tensor;
  /** Consumes nothing. @param shape - of the layers' output */
  readonly backward: (dy: Tensor, shape: Tensor4D['shape'], kernels: Kernels) => Tensor4D;
}

const pooled: Ending = {
  forward: (y, kernels) => kernels.globalAveragePool(y),
  backward: (dy, shape, kernels) => kernels.globalAveragePoolGradient(dy as Tensor2D, shape),
};

const asItIs: Ending = { forward: (y) => clone(y), backward: (dy) => clone(dy) as Tensor4D };

/**
 * Runs an image network and a global average pool as one operation of tfjs' autograd: inside, kernels with a tape of their
 * own; outside, gradients of the trainable parameters like those of any other operation. Keeps nothing when no gradient is
 * being taken or nothing is trainable.
 *
 * @param module - owner of every parameter of `network`
 * @param tiles - float32 [T, h, w, C]; gradients by them only with `context.inputGradient`
 * @returns float32 [T, D]
 */
export function runImageNetwork(module: Module, network: ImageLayer, tiles: Tensor4D, context: ForwardContext): Tensor2D {
  return imageOperation([module], network, tiles, context, pooled) as Tensor2D;
}

/**
 * {@link runImageNetwork} without the pool: a part of a network.
 *
 * @param modules - owners of every parameter of `layers`
 * @returns float32 [T, h', w', C']
 */
export function runImageLayers(modules: readonly Module[], layers: ImageLayer, tiles: Tensor4D, context: ForwardContext): Tensor4D {
  return imageOperation(modules, layers, tiles, context, asItIs) as Tensor4D;
}

function imageOperation(modules: readonly Module[], layers: ImageLayer, tiles: Tensor4D, context: ForwardContext, ending: Ending): Tensor {
  const trainable = modules.flatMap((module) => [...module.trainable().values()]);
  const byTiles = context.inputGradient === true;
  const recording = engine().isTapeOn() && (trainable.length > 0 || byTiles);
  const kernels = currentKernels();
  const pass = new ImagePass(recording && !context.training ? (kernels.careful ?? kernels) : kernels, {
    recording,
    training: context.training,
    updateStatistics: context.updateStatistics !== false,
  });
  const inputs: Tensor[] = trainable.map((parameter) => parameter.variable);
  if (byTiles) inputs.push(tiles);
  const operation = customGrad((...args) => {
    const save = args[args.length - 1] as (tensors: Tensor[]) => void;
    const step = layers.forward(clone(tiles), pass);
    const shape = step.y.shape;
    const value = ending.forward(step.y, pass.kernels);
    release(step.y);
    if (recording) save(pass.takeHeld());
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      pass.restore(saved);
      const dTiles = step.backward(ending.backward(dy, shape, pass.kernels), byTiles);
      const gradients = trainable.map((parameter) => gradientOf(parameter, pass));
      return dTiles === null ? gradients : [...gradients, dTiles];
    };
    return { value, gradFunc };
  });
  return operation(...inputs);
}

function gradientOf(parameter: Parameter, pass: ImagePass): Tensor {
  return pass.gradientOf(parameter) ?? zeros(parameter.variable.shape);
}
