/** [T, h, w, C] of a batch of images. */
export type ImageShape = readonly [number, number, number, number];

/** [kh, kw, in, out], or [kh, kw, C, 1] of a depth-wise filter. */
export type FilterShape = readonly [number, number, number, number];

/** How a filter moves over an image. */
export interface ConvGeometry {
  /** Step in pixels, both ways. */
  readonly stride: number;
  /** Zero pixels on every side (PyTorch), or TensorFlow's SAME. */
  readonly padding: number | 'same';
  /** One filter a channel. */
  readonly depthwise: boolean;
}

/** Zero pixels to put around an image. */
export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** How the padding of one convolution comes about on its input. */
export interface ResolvedPadding {
  /** Whether TensorFlow's own SAME gives exactly this. */
  readonly same: boolean;
  /** What to put around the image before a convolution without padding; never wider than the windows reach. */
  readonly margins: Margins;
}

/** Height and width of what comes out. */
export function outputSize(size: number, kernel: number, { stride, padding }: ConvGeometry): number {
  return padding === 'same' ? Math.ceil(size / stride) : Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

/** The padding of `geometry` on one input, and whether TensorFlow's SAME is the same thing. */
export function resolvePadding(input: ImageShape, filter: FilterShape, geometry: ConvGeometry): ResolvedPadding {
  const [, height, width] = input;
  const vertical = along(height, filter[0], geometry);
  const horizontal = along(width, filter[1], geometry);
  return {
    same: vertical.same && horizontal.same,
    margins: { top: vertical.before, bottom: vertical.after, left: horizontal.before, right: horizontal.after },
  };
}

/** Whether nothing is to be put around. */
export function isEmpty({ top, bottom, left, right }: Margins): boolean {
  return top + bottom + left + right === 0;
}

/** [T, h, w, C] with the margins around it. */
export function withMargins([tiles, height, width, channels]: ImageShape, margins: Margins): ImageShape {
  return [tiles, height + margins.top + margins.bottom, width + margins.left + margins.right, channels];
}

function along(size: number, kernel: number, geometry: ConvGeometry): { before: number; after: number; same: boolean } {
  const out = outputSize(size, kernel, geometry);
  const reach = Math.max((out - 1) * geometry.stride + kernel - size, 0);
  const sameOut = Math.ceil(size / geometry.stride);
  const sameBefore = Math.floor(reach / 2);
  const before = geometry.padding === 'same' ? sameBefore : geometry.padding;
  return { before, after: Math.max(reach - before, 0), same: out === sameOut && before === sameBefore };
}
