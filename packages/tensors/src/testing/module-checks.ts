import { type RandomStream, randomStream } from '@slidestream/core';
import {
  add,
  cos,
  mul,
  type NamedTensorMap,
  range,
  reshape,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { loadStateDict, type Module, toStateDict } from '../index.js';
import { expectClose, expectFinite, expectSame, expectThat } from './expectations.js';

/** Normal numbers of a shape. */
export function drawn(random: RandomStream, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    [...shape],
  );
}

/** A module and a pass through it that gives the same output each time. */
export interface ModuleUnderTest {
  readonly module: Module;
  forward(): Tensor;
}

/** Weights that tell outputs apart: cos(1), cos(2), …. */
function weighted(output: Tensor): Scalar {
  return sum(mul(output, reshape(cos(add(range(0, output.size), 1)), output.shape))) as Scalar;
}

/** What was saved from one module gives the same output in another one. */
export async function checkSaveAndLoad(saved: ModuleUnderTest, loaded: ModuleUnderTest): Promise<void> {
  const state = await toStateDict(saved.module);
  loadStateDict(loaded.module, state);
  expectSame([...loaded.module.named().keys()], [...state.keys()], 'names in the state dict');
  tidy(() => expectClose(loaded.forward().dataSync(), saved.forward().dataSync(), 0, 'output after loading'));
}

/**
 * The gradient by all trainable parameters is finite, there for each of them, and along a random direction what differences of the
 * output say.
 *
 * @param tolerance - relative; steps in float32 are rough
 */
export function checkDirectionalDerivative({ module, forward }: ModuleUnderTest, tolerance = 0.05): void {
  const parameters = [...module.trainable()];
  tidy(() => {
    const loss = (): Scalar => weighted(forward());
    const { grads } = variableGrads(
      loss,
      parameters.map(([, { variable }]) => variable),
    ) as { grads: NamedTensorMap };
    let slope = 0;
    let largest = 0;
    const directions = parameters.map(([name, { variable }]) => {
      const gradient = grads[variable.name];
      expectThat(gradient !== undefined && gradient !== null, `${name} gets no gradient`);
      const values = gradient.dataSync() as Float32Array;
      expectFinite(values, `gradient of ${name}`);
      const direction = drawn(randomStream('direction', name), variable.shape);
      const along = direction.dataSync();
      for (let i = 0; i < values.length; i++) slope += (values[i] as number) * (along[i] as number);
      largest = Math.max(
        largest,
        values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
      );
      return direction;
    });
    const start = parameters.map(([, { variable }]) => variable.clone());
    const at = (step: number): number => {
      move(parameters, (i) => add(start[i] as Tensor, mul(directions[i] as Tensor, step)));
      return loss().dataSync()[0] as number;
    };
    // Kinks (ReLU, maxima) may lie within a step: the best of three step sizes counts.
    const slopes = [1e-3, 2e-4, 5e-5].map((step) => (at(step) - at(-step)) / (2 * step));
    move(parameters, (i) => start[i] as Tensor);
    const apart = Math.min(...slopes.map((measured) => Math.abs(measured - slope)));
    expectThat(
      apart <= tolerance * Math.max(Math.abs(slope), largest, 1e-2),
      `the gradient along a random direction is ${slope}, differences give ${slopes.join(', ')}`,
    );
  });
}

function move(parameters: readonly (readonly [string, { readonly variable: Variable }])[], to: (i: number) => Tensor): void {
  for (const [i, [, { variable }]] of parameters.entries()) {
    tidy(() => variable.assign(sub(to(i), 0)));
  }
}
