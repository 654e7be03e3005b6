import type { RandomStream } from '@slidestream/core';
import { type Initialiser, Linear, Module, type Parameter } from '@slidestream/tensors';
import { add, gather, reshape, slice, type Tensor, tensor, tensor1d, tidy, tile, transpose, unstack } from '@tensorflow/tfjs-core';
import { attend } from './attend.js';
import { cutWindows, joinWindows, padToMultiple, relativePositionIndex, roll, rolledMask } from './windows.js';

/** Sizes of a {@link WindowAttention}. */
export interface WindowAttentionOptions {
  readonly width: number;
  readonly heads: number;
  /** Side of the square map of tokens; one that is no whole windows is filled up with zeros, as in timm. */
  readonly side: number;
  /** Side of a window. */
  readonly window: number;
  /** How far windows are moved against the map, 0 ≤ shift < window. */
  readonly shift: number;
  readonly qkvBias: boolean;
  readonly random: RandomStream;
  readonly initialiser: Initialiser;
}

/**
 * Multi-head self-attention within windows, with a learned bias for each relative position. Names as in timm: `qkv`, `proj`,
 * `relative_position_bias_table` [(2w − 1)², heads].
 *
 * @see Liu et al. 2021, Swin Transformer, eq. 4 and section 3.2
 */
export class WindowAttention extends Module {
  readonly #table: Parameter;
  readonly #qkv: Linear;
  readonly #proj: Linear;
  readonly #options: WindowAttentionOptions;

  constructor(options: WindowAttentionOptions) {
    super();
    const { width, heads, window, qkvBias, random, initialiser } = options;
    this.#options = options;
    const places = (2 * window - 1) ** 2;
    const fans = { fanIn: places, fanOut: heads };
    this.#table = this.parameter('relative_position_bias_table', initialiser([places, heads], random.fork('table'), fans));
    const layer = (name: string, outputDim: number, bias: boolean): Linear =>
      this.child(name, new Linear({ inputDim: width, outputDim, bias, random: random.fork(name), initialiser }));
    this.#qkv = layer('qkv', 3 * width, qkvBias);
    this.#proj = layer('proj', width, true);
  }

  /** float32 [T, side, side, C] → the same shape. */
  forward(x: Tensor): Tensor {
    return tidy(() => {
      const { width, heads, side, window, shift } = this.#options;
      const filled = padToMultiple(roll(x, shift), window);
      const whole = filled.shape[1] as number;
      const cut = cutWindows(filled, window);
      const [tiles, windows, area] = cut.shape as [number, number, number];
      const split = reshape(this.#qkv.forward(cut), [tiles * windows, area, 3, heads, width / heads]);
      const parts = reshape(transpose(split, [2, 0, 3, 1, 4]), [3, tiles, windows * heads, area, width / heads]);
      const [queries, keys, values] = unstack(parts) as [Tensor, Tensor, Tensor];
      const mixed = attend({ queries, keys, values, bias: this.#bias(windows, area, whole) });
      const joined = transpose(reshape(mixed, [tiles, windows, heads, area, width / heads]), [0, 1, 3, 2, 4]);
      const projected = this.#proj.forward(reshape(joined, [tiles, windows, area, width]));
      const together = joinWindows(projected, window, whole, whole);
      return roll(whole === side ? together : slice(together, [0, 0, 0, 0], [tiles, side, side, width]), -shift);
    });
  }

  /** Relative positions, and the mask of a rolled map, float32 [windows·heads, area, area]. */
  #bias(windows: number, area: number, whole: number): Tensor {
    const { heads, window, shift } = this.#options;
    const rows = gather(this.#table.variable as Tensor, tensor1d(relativePositionIndex(window), 'int32'));
    const byHead = reshape(transpose(rows, [1, 0]), [1, heads, area, area]);
    const all =
      shift === 0 ? tile(byHead, [windows, 1, 1, 1]) : add(byHead, tensor(rolledMask(whole, window, shift), [windows, 1, area, area]));
    return reshape(all, [windows * heads, area, area]);
  }
}
