import {
  type ConvGeometry,
  type ImageShape,
  isEmpty,
  type Kernels,
  type Margins,
  type ResolvedPadding,
  resolvePadding,
  withMargins,
} from '@slidestream/tensors';
import { type Tensor, type Tensor4D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { type AttributeMaker, attributeMaker, type NodeBackend, type OpAttribute } from './node-backend.js';

type ConvKernels = Pick<Kernels, 'conv2d' | 'conv2dBias' | 'conv2dInputGradient' | 'conv2dFilterGradient'>;

/** Which of oneDNN's own kernels may be called by name. */
export interface OneDnnConv {
  /** `_MklNativeConv2D`, `…BackpropInput`, `…WithBias`: a third faster than what the eager names reach. */
  readonly conv: boolean;
  /** The depth-wise ones. */
  readonly depthwise: boolean;
}

/** Native padding with zeros and its undoing. */
export interface Padder {
  pad(x: Tensor4D, margins: Margins): Tensor4D;
  /** Cuts `margins` off, leaving `shape`. */
  unpad(x: Tensor4D, margins: Margins, shape: ImageShape): Tensor4D;
}

/** `Pad` and `Slice` on images. */
export function padder(backend: NodeBackend): Padder {
  const attribute = attributeMaker(backend.binding);
  const float = attribute.type('T', 'float32');
  return {
    pad(x, { top, bottom, left, right }) {
      const around = tensor2d([0, 0, top, bottom, left, right, 0, 0], [4, 2], 'int32');
      const y = backend.executeSingleOutput('Pad', [float, attribute.type('Tpaddings', 'int32')], [x, around]);
      around.dispose();
      return y as Tensor4D;
    },
    unpad(x, { top, left }, shape) {
      const begin = tensor1d([0, top, left, 0], 'int32');
      const size = tensor1d([...shape], 'int32');
      const y = backend.executeSingleOutput('Slice', [float, attribute.type('Index', 'int32')], [x, begin, size]);
      begin.dispose();
      size.dispose();
      return y as Tensor4D;
    },
  };
}

/**
 * Convolutions on oneDNN (cuDNN on a GPU): SAME where it is the same thing, else `Pad` before a VALID one, because
 * EXPLICIT padding leaves the fast kernels.
 */
export function convKernels(backend: NodeBackend, activate: Kernels['activate'], oneDnn: OneDnnConv): ConvKernels {
  const attribute = attributeMaker(backend.binding);
  const images = padder(backend);
  const sizes = (shape: readonly number[]): Tensor => tensor1d([...shape], 'int32');

  /** Runs an operation by oneDNN's name for it where that may be called. */
  function run(name: string, geometry: ConvGeometry, padding: ResolvedPadding, inputs: readonly Tensor[]): Tensor4D {
    // oneDNN's own filter gradient is wrong for strided 1×1 filters of few channels (3 → 16, 6 → 8): never by name
    const named = name !== 'BackpropFilter' && (geometry.depthwise ? oneDnn.depthwise : oneDnn.conv);
    const op = `${geometry.depthwise ? 'DepthwiseConv2dNative' : 'Conv2D'}${name}`;
    const common = attributes(attribute, geometry, padding);
    const own = [...common, attribute.text('_kernel', 'MklNameChangeOp')];
    return backend.executeSingleOutput(named ? `_MklNative${op}` : op, named ? own : common, inputs) as Tensor4D;
  }

  function withPad(x: Tensor4D, padding: ResolvedPadding, use: (padded: Tensor4D) => Tensor4D): Tensor4D {
    if (!needsPad(padding)) return use(x);
    const padded = images.pad(x, padding.margins);
    const y = use(padded);
    padded.dispose();
    return y;
  }

  return {
    conv2d(x, filter, geometry) {
      const padding = resolvePadding(x.shape, filter.shape, geometry);
      return withPad(x, padding, (padded) => run('', geometry, padding, [padded, filter]));
    },
    conv2dBias(x, filter, bias, geometry, activation) {
      const padding = resolvePadding(x.shape, filter.shape, geometry);
      const fused = oneDnn.conv && !geometry.depthwise;
      let y = withPad(x, padding, (padded) =>
        fused ? run('WithBias', geometry, padding, [padded, filter, bias]) : run('', geometry, padding, [padded, filter]),
      );
      if (!fused) {
        const plain = y;
        const format = [attribute.type('T', 'float32'), attribute.text('data_format', 'NHWC')];
        y = backend.executeSingleOutput('BiasAdd', format, [plain, bias]) as Tensor4D;
        plain.dispose();
      }
      if (activation === 'none') return y;
      const active = activate(y, activation);
      y.dispose();
      return active;
    },
    conv2dInputGradient(dy, filter, inputShape, geometry) {
      const padding = resolvePadding(inputShape, filter.shape, geometry);
      const shape = needsPad(padding) ? withMargins(inputShape, padding.margins) : inputShape;
      const size = sizes(shape);
      const dx = run('BackpropInput', geometry, padding, [size, filter, dy]);
      size.dispose();
      if (shape === inputShape) return dx;
      const inner = images.unpad(dx, padding.margins, inputShape);
      dx.dispose();
      return inner;
    },
    conv2dFilterGradient(dy, x, filterShape, geometry) {
      const padding = resolvePadding(x.shape, filterShape, geometry);
      const size = sizes(filterShape);
      const gradient = withPad(x, padding, (padded) => run('BackpropFilter', geometry, padding, [padded, size, dy]));
      size.dispose();
      return gradient;
    },
  };
}

function needsPad(padding: ResolvedPadding): boolean {
  return !padding.same && !isEmpty(padding.margins);
}

function attributes(attribute: AttributeMaker, { stride, depthwise }: ConvGeometry, padding: ResolvedPadding): OpAttribute[] {
  const common = [
    attribute.type('T', 'float32'),
    attribute.int('strides', [1, stride, stride, 1]),
    attribute.text('padding', padding.same ? 'SAME' : 'VALID'),
    attribute.text('data_format', 'NHWC'),
    attribute.int('dilations', [1, 1, 1, 1]),
  ];
  return depthwise ? common : [...common, attribute.bool('use_cudnn_on_gpu', true)];
}
