import { currentKernels, type ForwardContext, type ImageLayer, ImagePass, type Module } from '@slidestream/tensors';
import { clone, customGrad, engine, type Tensor, type Tensor4D, zeros } from '@tensorflow/tfjs-core';

/**
 * Runs image layers as one operation of tfjs' autograd, as `runImageNetwork` does, without a pool behind them: the convolutional stem
 * of a transformer.
 *
 * @param module - owner of every parameter of `layers`
 * @param tiles - float32 [T, h, w, C]; gradients by them only with `context.inputGradient`
 * @returns float32 [T, h', w', C']
 */
export function runImageLayers(module: Module, layers: ImageLayer, tiles: Tensor4D, context: ForwardContext): Tensor4D {
  const trainable = [...module.trainable().values()];
  const byTiles = context.inputGradient === true;
  const recording = engine().isTapeOn() && (trainable.length > 0 || byTiles);
  const kernels = currentKernels();
  const pass = new ImagePass(recording && !context.training ? (kernels.careful ?? kernels) : kernels, {
    recording,
    training: context.training,
    updateStatistics: context.updateStatistics !== false,
  });
  const inputs: Tensor[] = trainable.map(({ variable }) => variable);
  if (byTiles) inputs.push(tiles);
  const operation = customGrad((...args) => {
    const save = args[args.length - 1] as (tensors: Tensor[]) => void;
    const { y, backward } = layers.forward(clone(tiles), pass);
    if (recording) save(pass.takeHeld());
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      pass.restore(saved);
      const dTiles = backward(clone(dy) as Tensor4D, byTiles);
      const gradients = trainable.map((parameter) => pass.gradientOf(parameter) ?? zeros(parameter.variable.shape));
      return dTiles === null ? gradients : [...gradients, dTiles];
    };
    return { value: y, gradFunc };
  });
  return operation(...inputs) as Tensor4D;
}
