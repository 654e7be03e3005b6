import { add, customGrad, erf, exp, mul, square, type Tensor, tidy } from '@tensorflow/tfjs-core';

const SQRT_HALF = Math.SQRT1_2;
const NORMAL_DENSITY_AT_ZERO = 1 / Math.sqrt(2 * Math.PI);

/** Φ(x), the standard normal distribution function. */
function normalCdf(x: Tensor): Tensor {
  return mul(add(erf(mul(x, SQRT_HALF)), 1), 0.5);
}

const differentiable = customGrad((x, save) => {
  const input = x as Tensor;
  (save as (tensors: Tensor[]) => void)([input]);
  return {
    value: mul(input, normalCdf(input)),
    gradFunc: (dy: Tensor, saved: Tensor[]) => {
      const at = saved[0] as Tensor;
      const density = mul(exp(mul(square(at), -0.5)), NORMAL_DENSITY_AT_ZERO);
      return mul(dy, add(normalCdf(at), mul(at, density)));
    },
  };
});

/**
 * x·Φ(x) with the error function itself, not the tanh approximation.
 *
 * @see Hendrycks and Gimpel 2016, Gaussian Error Linear Units
 */
export function gelu(x: Tensor): Tensor {
  return tidy(() => differentiable(x));
}
