import type { ImageLayer } from './image-layer.js';
import { release } from './image-pass.js';

/** max-pool 3×3, stride 2, padding 1, then relu: equal to relu, then the pool. */
export const maxPoolRelu: ImageLayer = {
  forward(x, pass) {
    const { kernels } = pass;
    const shape = x.shape;
    const { y, reserved } = kernels.maxPoolRelu(x);
    const held = reserved.map((tensor) => pass.hold(tensor));
    const output = pass.hold(y);
    release(x, ...reserved);
    return {
      y,
      backward(dy) {
        const kept = held.map((get) => get());
        const dx = kernels.maxPoolReluGradient(dy, output(), kept, shape);
        release(dy, output(), ...kept);
        return dx;
      },
    };
  },
};
