import type { BorderLayout } from './parameter.js';

type Permutation = readonly [number, number, number, number];

/** For each inside axis, the outside axis it comes from. */
const FROM_OUTSIDE: Readonly<Record<Exclude<BorderLayout, 'same'>, Permutation>> = {
  conv2d: [2, 3, 1, 0],
  depthwise: [2, 3, 0, 1],
};

/** Shape inside of a tensor that has `shape` outside. */
export function insideShape(shape: readonly number[], layout: BorderLayout): number[] {
  return layout === 'same' ? [...shape] : FROM_OUTSIDE[layout].map((axis) => shape[axis] as number);
}

/** Shape outside of a tensor that has `shape` inside. */
export function outsideShape(shape: readonly number[], layout: BorderLayout): number[] {
  return layout === 'same' ? [...shape] : invert(FROM_OUTSIDE[layout]).map((axis) => shape[axis] as number);
}

/** Values of PyTorch's layout `shape` laid out as inside. */
export function toInside(data: Float32Array, shape: readonly number[], layout: BorderLayout): Float32Array {
  return layout === 'same' ? data : permute(data, shape, FROM_OUTSIDE[layout]);
}

/** Values of the inside layout `shape` laid out as PyTorch does. */
export function toOutside(data: Float32Array, shape: readonly number[], layout: BorderLayout): Float32Array {
  return layout === 'same' ? data : permute(data, shape, invert(FROM_OUTSIDE[layout]));
}

function invert(permutation: Permutation): Permutation {
  return permutation.map((_, axis) => permutation.indexOf(axis)) as unknown as Permutation;
}

function permute(data: Float32Array, shape: readonly number[], permutation: Permutation): Float32Array {
  const strides = [0, 0, 0, 1];
  for (let axis = 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  const [n0, n1, n2, n3] = permutation.map((axis) => shape[axis] as number) as [number, number, number, number];
  const [s0, s1, s2, s3] = permutation.map((axis) => strides[axis] as number) as [number, number, number, number];
  const out = new Float32Array(data.length);
  let at = 0;
  for (let a = 0; a < n0; a++)
    for (let b = 0; b < n1; b++)
      for (let c = 0; c < n2; c++) for (let d = 0; d < n3; d++) out[at++] = data[a * s0 + b * s1 + c * s2 + d * s3] as number;
  return out;
}
