import { clone, customGrad, engine, type Tensor, type Tensor2D, type Tensor4D, zeros } from '@tensorflow/tfjs-core';
import type { ForwardContext } from './forward-context.js';
import type { ImageLayer } from './image-layer.js';
import { ImagePass, release } from './image-pass.js';
import { currentKernels } from './kernels/installed.js';
import type { Module } from './module.js';
import type { Parameter } from './parameter.js';

/**
 * Runs an image network and a global average pool as one operation of tfjs' autograd: inside, kernels with a tape of their
 * own; outside, gradients of the trainable parameters like those of any other operation. Keeps nothing when no gradient is
 * being taken or nothing is trainable.
 *
 * @param tiles - float32 [T, h, w, C]; gradients by them only with `context.inputGradient`
 * @returns float32 [T, D]
 */
export function runImageNetwork(module: Module, network: ImageLayer, tiles: Tensor4D, context: ForwardContext): Tensor2D {
  const trainable = [...module.trainable().values()];
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
    const step = network.forward(clone(tiles), pass);
    const shape = step.y.shape;
    const value = pass.kernels.globalAveragePool(step.y);
    release(step.y);
    if (recording) save(pass.takeHeld());
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      pass.restore(saved);
      const dTiles = step.backward(pass.kernels.globalAveragePoolGradient(dy as Tensor2D, shape), byTiles);
      const gradients = trainable.map((parameter) => gradientOf(parameter, pass));
      return dTiles === null ? gradients : [...gradients, dTiles];
    };
    return { value, gradFunc };
  });
  return operation(...inputs) as Tensor2D;
}

function gradientOf(parameter: Parameter, pass: ImagePass): Tensor {
  return pass.gradientOf(parameter) ?? zeros(parameter.variable.shape);
}
