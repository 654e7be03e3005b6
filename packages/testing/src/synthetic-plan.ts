import type { RandomStream } from '@slidestream/core';
import { type Noise, valueNoise } from './synthetic-noise.js';

/** Side of a plan's cell in level-0 pixels: the resolution of the truth. */
export const PLAN_CELL_PX = 16;

/** What a synthetic slide holds where, on a grid of {@link PLAN_CELL_PX} pixels. */
export interface SyntheticPlan {
  readonly columns: number;
  readonly rows: number;
  /** Above 0 on tissue, falling smoothly to the outline. float32 [rows, columns] */
  readonly depth: Float32Array;
  /** 1 on tumour. uint8 [rows, columns] */
  readonly tumour: Uint8Array;
  /** 1 on lymphocyte aggregates, which normal tissue has as well. uint8 [rows, columns] */
  readonly lymphoid: Uint8Array;
}

/** What decides a plan. */
export interface PlanOptions {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly tumour: boolean;
  /** Chance that a slide has a lymphocyte aggregate. */
  readonly distractors: number;
}

/** Lays out tissue with holes, and on it tumour (30–60 % of the tissue) and lymphocyte aggregates (5–15 %; 25–50 % of normal slides). */
export function planSlide(options: PlanOptions, random: RandomStream): SyntheticPlan {
  const columns = Math.ceil(options.widthPx / PLAN_CELL_PX);
  const rows = Math.ceil(options.heightPx / PLAN_CELL_PX);
  const noise = valueNoise(random.fork('outline'));
  const depth = tissueDepth(columns, rows, noise, random.fork('tissue'));
  const tumour = new Uint8Array(columns * rows);
  const lymphoid = new Uint8Array(columns * rows);
  const place = random.fork('place');
  const tumourShare = 0.3 + 0.3 * place.uniform();
  // Normal slides get more of them, so that both classes are about as dark.
  const lymphoidShare = options.tumour ? 0.05 + 0.1 * place.uniform() : 0.25 + 0.25 * place.uniform();
  if (options.tumour) growRegion({ columns, depth, noise, into: tumour, free: () => true }, tumourShare, random.fork('tumour'));
  if (place.uniform() < options.distractors) {
    growRegion({ columns, depth, noise, into: lymphoid, free: (cell) => tumour[cell] === 0 }, lymphoidShare, random.fork('lymphoid'));
  }
  return { columns, rows, depth, tumour, lymphoid };
}

function tissueDepth(columns: number, rows: number, noise: Noise, random: RandomStream): Float32Array {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const blobs = [
    { x: between(0.42, 0.58) * columns, y: between(0.42, 0.58) * rows, a: between(0.3, 0.36) * columns, b: between(0.3, 0.36) * rows },
  ];
  if (random.uniform() < 0.5) {
    const left = random.uniform() < 0.5;
    blobs.push({ x: (left ? 0.2 : 0.8) * columns, y: between(0.25, 0.75) * rows, a: 0.13 * columns, b: between(0.14, 0.2) * rows });
  }
  const holes = Array.from({ length: 1 + random.integer(3) }, () => ({
    x: (blobs[0]?.x ?? 0) + between(-0.2, 0.2) * columns,
    y: (blobs[0]?.y ?? 0) + between(-0.2, 0.2) * rows,
    radius: random.uniform() < 0.15 ? between(16, 19) : between(4, 8),
  }));
  const depth = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const wobble = 0.34 * (noise(column / 17, row / 17) - 0.5) + 0.14 * (noise(column / 5 + 40, row / 5) - 0.5);
      let value = Number.NEGATIVE_INFINITY;
      for (const { x, y, a, b } of blobs) value = Math.max(value, 1 - Math.hypot((column - x) / a, (row - y) / b) + wobble);
      for (const { x, y, radius } of holes) value = Math.min(value, Math.hypot(column - x, row - y) / radius - 1 + wobble);
      // Nothing touches the glass's border.
      const border = Math.min(column, row, columns - 1 - column, rows - 1 - row);
      depth[row * columns + column] = Math.min(value, border * 0.05 - 0.12);
    }
  }
  return depth;
}

interface Ground {
  readonly columns: number;
  readonly depth: Float32Array;
  readonly noise: Noise;
  readonly into: Uint8Array;
  readonly free: (cell: number) => boolean;
}

/** Marks the share of the tissue that is nearest to a random point of it, with a ragged outline. */
function growRegion(ground: Ground, share: number, random: RandomStream): void {
  const { columns, depth, noise, into, free } = ground;
  const cells = Array.from(depth.keys()).filter((cell) => (depth[cell] as number) > 0);
  const open = cells.filter(free);
  if (open.length === 0) return;
  const centre = open[random.integer(open.length)] as number;
  const cx = centre % columns;
  const cy = Math.floor(centre / columns);
  const reach = Math.sqrt(cells.length);
  const ranked = open.map((cell) => {
    const column = cell % columns;
    const row = Math.floor(cell / columns);
    return { cell, score: Math.hypot(column - cx, row - cy) / reach + 0.5 * noise(column / 11 + 70, row / 11 + 30) };
  });
  ranked.sort((a, b) => a.score - b.score || a.cell - b.cell);
  for (const { cell } of ranked.slice(0, Math.round(share * cells.length))) into[cell] = 1;
}
