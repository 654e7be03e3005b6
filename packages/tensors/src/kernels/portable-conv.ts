import * as tf from '@tensorflow/tfjs-core';
import {
  type ConvGeometry,
  type FilterShape,
  type ImageShape,
  isEmpty,
  type Margins,
  resolvePadding,
  withMargins,
} from './conv-geometry.js';

/** `x` with zeros around it; always a tensor of its own. */
function pad(x: tf.Tensor4D, { top, bottom, left, right }: Margins): tf.Tensor4D {
  return tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

/** Convolution as padding and a `valid` one, which every backend has. */
export function conv2d(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: ConvGeometry): tf.Tensor4D {
  return tf.tidy(() => {
    const { margins } = resolvePadding(x.shape, filter.shape, geometry);
    const padded = isEmpty(margins) ? x : pad(x, margins);
    return geometry.depthwise
      ? tf.depthwiseConv2d(padded, filter, geometry.stride, 'valid')
      : tf.conv2d(padded, filter, geometry.stride, 'valid');
  });
}

/** Gradient of {@link conv2d} by its input. */
export function conv2dInputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, inputShape: ImageShape, geometry: ConvGeometry): tf.Tensor4D {
  return tf.tidy(() => {
    const { margins } = resolvePadding(inputShape, filter.shape, geometry);
    const paddedShape = withMargins(inputShape, margins);
    const kernel = geometry.depthwise ? 'DepthwiseConv2dNativeBackpropInput' : 'Conv2DBackpropInput';
    const dx = tf.engine().runKernel<tf.Tensor4D>(kernel, { dy, filter }, { ...attributes(geometry), inputShape: [...paddedShape] });
    return isEmpty(margins) ? dx : tf.slice(dx, [0, margins.top, margins.left, 0], [...inputShape]);
  });
}

/** Gradient of {@link conv2d} by its filter. */
export function conv2dFilterGradient(dy: tf.Tensor4D, x: tf.Tensor4D, filterShape: FilterShape, geometry: ConvGeometry): tf.Tensor4D {
  return tf.tidy(() => {
    const { margins } = resolvePadding(x.shape, filterShape, geometry);
    const padded = isEmpty(margins) ? x : pad(x, margins);
    const kernel = geometry.depthwise ? 'DepthwiseConv2dNativeBackpropFilter' : 'Conv2DBackpropFilter';
    return tf.engine().runKernel<tf.Tensor4D>(kernel, { x: padded, dy }, { ...attributes(geometry), filterShape: [...filterShape] });
  });
}

function attributes({ stride, depthwise }: ConvGeometry): tf.NamedAttrMap {
  const strides = [stride, stride];
  return depthwise ? { strides, pad: 'valid', dilations: [1, 1] } : { strides, pad: 'valid', dataFormat: 'NHWC' };
}
