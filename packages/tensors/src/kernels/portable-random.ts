import { philox4x32 } from '@slidestream/core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Uniform in [0, 1) from Philox's counter blocks under `key`: the same on every engine. */
export function randomUniform(shape: readonly number[], key: readonly [number, number]): Tensor {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const counter = new Uint32Array(4);
  const block = new Uint32Array(4);
  for (let at = 0; at < values.length; at += 4) {
    philox4x32(counter, key, block);
    counter[0] = (counter[0] as number) + 1;
    for (let i = 0; i < 4 && at + i < values.length; i++) values[at + i] = ((block[i] as number) >>> 8) / 0x1000000;
  }
  return tensor(values, [...shape], 'float32');
}
