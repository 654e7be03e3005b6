/** Names of the colour scales. */
export type ColormapName = 'coolwarm' | 'viridis' | 'jet';

/** Anchors of the scales, spaced evenly; values between are mixed. */
const ANCHORS: Readonly<Record<ColormapName, readonly (readonly [number, number, number])[]>> = {
  coolwarm: [
    [59, 76, 192],
    [104, 138, 239],
    [154, 187, 255],
    [201, 215, 240],
    [237, 208, 193],
    [247, 168, 137],
    [226, 105, 82],
    [180, 4, 38],
  ],
  viridis: [
    [68, 1, 84],
    [70, 50, 127],
    [54, 92, 141],
    [39, 127, 142],
    [31, 161, 135],
    [74, 194, 109],
    [159, 218, 58],
    [253, 231, 37],
  ],
  jet: [
    [0, 0, 128],
    [0, 0, 255],
    [0, 128, 255],
    [0, 255, 255],
    [128, 255, 128],
    [255, 255, 0],
    [255, 128, 0],
    [255, 0, 0],
    [128, 0, 0],
  ],
};

/** The colour of a value in [0, 1]; values outside are clipped. */
export function colourOf(name: ColormapName, value: number): readonly [number, number, number] {
  const anchors = ANCHORS[name];
  const position = Math.min(1, Math.max(0, value)) * (anchors.length - 1);
  const index = Math.min(anchors.length - 2, Math.floor(position));
  const part = position - index;
  const low = anchors[index] as readonly [number, number, number];
  const high = anchors[index + 1] as readonly [number, number, number];
  const mix = (c: 0 | 1 | 2): number => Math.round(low[c] + part * (high[c] - low[c]));
  return [mix(0), mix(1), mix(2)];
}
