import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { ImagePass } from './image-pass.js';

/** What a layer made of its input, and the way back. */
export interface ImageStep {
  /** float32 [T, h, w, C], owned by the caller. */
  readonly y: Tensor4D;
  /**
   * Notes the gradients of the layer's parameters in the pass and gives that of its input, `null` when not wanted.
   * Consumes `dy` and what the layer held.
   */
  backward(dy: Tensor4D, wantsInput: boolean): Tensor4D | null;
}

/** A step of an image network; {@link forward} consumes `x`. */
export interface ImageLayer {
  forward(x: Tensor4D, pass: ImagePass): ImageStep;
}

/** Layers one after another. */
export function chain(layers: readonly ImageLayer[]): ImageLayer {
  return {
    forward(x, pass) {
      const steps: ImageStep[] = [];
      let y = x;
      for (const layer of layers) {
        const step = layer.forward(y, pass);
        steps.push(step);
        y = step.y;
      }
      return {
        y,
        backward(dy, wantsInput) {
          let gradient: Tensor4D | null = dy;
          for (let i = steps.length - 1; i >= 0; i--) {
            gradient = (steps[i] as ImageStep).backward(gradient as Tensor4D, i > 0 || wantsInput);
          }
          return gradient;
        },
      };
    },
  };
}
