/** Side of the window, in pixels. */
const WINDOW = 7;

/** Grey levels that count as one: less than what separates faint tissue from its surroundings, more than the noise of glass. */
const LEVELS_PER_BIN = 4;

/** Steps of the result per bit. */
const STEPS_PER_BIT = 32;

/** n · log2 n, by which entropy changes when a bin grows or shrinks. */
const TERMS = Float64Array.from({ length: WINDOW * WINDOW + 1 }, (_, n) => (n === 0 ? 0 : n * Math.log2(n)));

/**
 * Shannon entropy of the grey levels around every pixel, in 1/32 bit: glass is smooth and has little, tissue has much whatever its
 * colour. Pixels past the border repeat the border's.
 *
 * @param grey - uint8 [height, width]
 * @returns uint8 [height, width], at most 179 (a window of 49 different levels)
 */
export function localEntropy(grey: Uint8Array, width: number, height: number): Uint8Array {
  const half = (WINDOW - 1) / 2;
  const pixels = WINDOW * WINDOW;
  const out = new Uint8Array(width * height);
  const bins = new Uint8Array(Math.ceil(256 / LEVELS_PER_BIN));
  const rows = new Int32Array(WINDOW);
  const columnAt = (x: number): number => Math.min(width - 1, Math.max(0, x));
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < WINDOW; k++) rows[k] = Math.min(height - 1, Math.max(0, y + k - half)) * width;
    bins.fill(0);
    let sum = 0;
    const change = (x: number, by: 1 | -1): void => {
      for (let k = 0; k < WINDOW; k++) {
        const bin = ((grey[(rows[k] as number) + x] as number) / LEVELS_PER_BIN) | 0;
        const count = bins[bin] as number;
        sum += (TERMS[count + by] as number) - (TERMS[count] as number);
        bins[bin] = count + by;
      }
    };
    for (let k = -half; k <= half; k++) change(columnAt(k), 1);
    for (let x = 0; x < width; x++) {
      if (x > 0) {
        change(columnAt(x - half - 1), -1);
        change(columnAt(x + half), 1);
      }
      out[y * width + x] = Math.round(STEPS_PER_BIT * (Math.log2(pixels) - sum / pixels));
    }
  }
  return out;
}
