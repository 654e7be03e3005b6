import {
  getKernel,
  type PadV2Attrs,
  type PadV2Inputs,
  registerKernel,
  type Tensor,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

const MAX_RANK = 4;

/**
 * tfjs' own padding for WebGPU makes a shader that no longer compiles above rank 4: there axes without padding are joined with
 * their neighbours first. It is what the gradient of a slice runs.
 */
export function mendPad(): void {
  const original = getKernel('PadV2', 'webgpu');
  const reshape = getKernel('Reshape', 'webgpu');
  unregisterKernel('PadV2', 'webgpu');
  registerKernel({
    ...original,
    kernelFunc(call) {
      const x = (call.inputs as PadV2Inputs).x as TensorInfo;
      const attributes = call.attrs as unknown as PadV2Attrs;
      if (x.shape.length <= MAX_RANK) return original.kernelFunc(call);
      const { shape, paddings } = joinAxes(x.shape, attributes.paddings);
      const joined = reshape.kernelFunc({ ...call, inputs: { x }, attrs: { shape } }) as TensorInfo;
      const padded = original.kernelFunc({ ...call, inputs: { x: joined }, attrs: { ...attributes, paddings } as never }) as TensorInfo;
      const outer = x.shape.map((size, axis) => size + (attributes.paddings[axis]?.[0] ?? 0) + (attributes.paddings[axis]?.[1] ?? 0));
      const out = reshape.kernelFunc({ ...call, inputs: { x: padded }, attrs: { shape: outer } });
      for (const { dataId } of [joined, padded])
        (call.backend as { disposeData(id: object): void }).disposeData(dataId as Tensor['dataId']);
      return out;
    },
  });
}

type Padding = [number, number];

/** Neighbouring axes without padding become one. */
export function joinAxes(shape: readonly number[], paddings: readonly Padding[]): { shape: number[]; paddings: Padding[] } {
  const joined: { shape: number[]; paddings: Padding[] } = { shape: [], paddings: [] };
  let open = false;
  shape.forEach((size, axis) => {
    const [before, after] = paddings[axis] as Padding;
    const plain = before === 0 && after === 0;
    if (plain && open) joined.shape[joined.shape.length - 1] = (joined.shape.at(-1) as number) * size;
    else {
      joined.shape.push(size);
      joined.paddings.push([before, after]);
    }
    open = plain;
  });
  return joined;
}
