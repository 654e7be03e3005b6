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

type ConvKernels = Pick<Kernels, 'conv2d' | 'conv2dInputGradient' | 'conv2dFilterGradient'>;

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
export function convKernels(backend: NodeBackend): ConvKernels {
  const attribute = attributeMaker(backend.binding);
  const images = padder(backend);
  const sizes = (shape: readonly number[]): Tensor => tensor1d([...shape], 'int32');
  return {
    conv2d(x, filter, geometry) {
      const padding = resolvePadding(x.shape, filter.shape, geometry);
      const padded = needsPad(padding) ? images.pad(x, padding.margins) : x;
      const op = geometry.depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
      const y = backend.executeSingleOutput(op, attributes(attribute, geometry, padding), [padded, filter]);
      if (padded !== x) padded.dispose();
      return y as Tensor4D;
    },
    conv2dInputGradient(dy, filter, inputShape, geometry) {
      const padding = resolvePadding(inputShape, filter.shape, geometry);
      const shape = needsPad(padding) ? withMargins(inputShape, padding.margins) : inputShape;
      const size = sizes(shape);
      const op = geometry.depthwise ? 'DepthwiseConv2dNativeBackpropInput' : 'Conv2DBackpropInput';
      const dx = backend.executeSingleOutput(op, attributes(attribute, geometry, padding), [size, filter, dy]) as Tensor4D;
      size.dispose();
      if (shape === inputShape) return dx;
      const inner = images.unpad(dx, padding.margins, inputShape);
      dx.dispose();
      return inner;
    },
    conv2dFilterGradient(dy, x, filterShape, geometry) {
      const padding = resolvePadding(x.shape, filterShape, geometry);
      const padded = needsPad(padding) ? images.pad(x, padding.margins) : x;
      const size = sizes(filterShape);
      const op = geometry.depthwise ? 'DepthwiseConv2dNativeBackpropFilter' : 'Conv2DBackpropFilter';
      const gradient = backend.executeSingleOutput(op, attributes(attribute, geometry, padding), [padded, size, dy]);
      size.dispose();
      if (padded !== x) padded.dispose();
      return gradient as Tensor4D;
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
