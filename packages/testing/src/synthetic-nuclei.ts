import type { RandomStream } from '@slidestream/core';
import { PLAN_CELL_PX, type SyntheticPlan } from './synthetic-plan.js';

/** Layers that are painted before stains become colours, level-0 pixels. */
export interface StainLayers {
  readonly width: number;
  readonly height: number;
  /** Haematoxylin of nuclei; 0 where there is none. float32 [height, width] */
  readonly nuclei: Float32Array;
  /** 1 in the lumen of a gland. uint8 [height, width] */
  readonly lumen: Uint8Array;
}

interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  readonly angle: number;
}

/** How one kind of nucleus looks and how far apart they lie, in pixels of 0.5 µm. */
interface NucleusKind {
  readonly spacing: number;
  readonly longAxis: readonly [number, number];
  /** Short over long axis. */
  readonly roundness: readonly [number, number];
  readonly stain: readonly [number, number];
}

const SPINDLE: NucleusKind = { spacing: 44, longAxis: [6, 10], roundness: [0.3, 0.5], stain: [0.8, 1.15] };
/** Small, round, crowded: covers as much as tumour nuclei do, so that mean colour alone does not tell them apart. */
const LYMPHOCYTE: NucleusKind = { spacing: 13.5, longAxis: [4.2, 5.2], roundness: [0.85, 1], stain: [1.1, 1.45] };
const TUMOUR: NucleusKind = { spacing: 28, longAxis: [9, 13.5], roundness: [0.65, 0.9], stain: [0.95, 1.4] };

/** Side of the square in which a tumour may have one gland. */
const GLAND_SPACING = 150;

/** Paints glands, then nuclei of every kind where the plan has its tissue. */
export function paintNuclei(plan: SyntheticPlan, width: number, height: number, random: RandomStream): StainLayers {
  const layers: StainLayers = { width, height, nuclei: new Float32Array(width * height), lumen: new Uint8Array(width * height) };
  paintGlands(plan, layers, random.fork('glands'));
  scatter(SPINDLE, plan, layers, (kind) => kind === 'stroma', random.fork('spindle'));
  scatter(LYMPHOCYTE, plan, layers, (kind) => kind === 'lymphoid', random.fork('lymphocytes'));
  scatter(TUMOUR, plan, layers, (kind) => kind === 'tumour', random.fork('tumour'));
  return layers;
}

type Ground = 'glass' | 'stroma' | 'lymphoid' | 'tumour';

function groundAt(plan: SyntheticPlan, x: number, y: number): Ground {
  const cell = Math.floor(y / PLAN_CELL_PX) * plan.columns + Math.floor(x / PLAN_CELL_PX);
  if (!((plan.depth[cell] ?? -1) > 0.02)) return 'glass';
  if (plan.tumour[cell] === 1) return 'tumour';
  return plan.lymphoid[cell] === 1 ? 'lymphoid' : 'stroma';
}

function paintGlands(plan: SyntheticPlan, layers: StainLayers, random: RandomStream): void {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  for (let top = 0; top < layers.height; top += GLAND_SPACING) {
    for (let left = 0; left < layers.width; left += GLAND_SPACING) {
      const gland = {
        x: left + between(0.3, 0.7) * GLAND_SPACING,
        y: top + between(0.3, 0.7) * GLAND_SPACING,
        a: between(16, 34),
        b: between(11, 22),
        angle: between(0, Math.PI),
      };
      const open = random.uniform() < 0.75;
      if (!open || groundAt(plan, gland.x, gland.y) !== 'tumour') continue;
      eachPixel(layers, gland, (i) => {
        layers.lumen[i] = 1;
      });
      const around = Math.max(8, Math.round((Math.PI * (gland.a + gland.b + 20)) / 17));
      for (let k = 0; k < around; k++) {
        const turn = (2 * Math.PI * k) / around;
        const u = (gland.a + 10) * Math.cos(turn);
        const v = (gland.b + 10) * Math.sin(turn);
        const x = gland.x + u * Math.cos(gland.angle) - v * Math.sin(gland.angle);
        const y = gland.y + u * Math.sin(gland.angle) + v * Math.cos(gland.angle);
        paintNucleus(layers, { x, y, a: between(9, 12), b: between(6, 8), angle: turn + gland.angle }, between(1, 1.4), random);
      }
    }
  }
}

function scatter(kind: NucleusKind, plan: SyntheticPlan, layers: StainLayers, on: (ground: Ground) => boolean, random: RandomStream): void {
  const pick = ([low, high]: readonly [number, number]): number => low + (high - low) * random.uniform();
  const { spacing } = kind;
  for (let top = 0; top < layers.height; top += spacing) {
    for (let left = 0; left < layers.width; left += spacing) {
      // Only places on this kind's ground draw numbers: which ones is fixed by the plan.
      if (!on(groundAt(plan, left + spacing / 2, top + spacing / 2))) continue;
      const x = left + spacing * pick([0.2, 0.8]);
      const y = top + spacing * pick([0.2, 0.8]);
      const a = pick(kind.longAxis);
      const b = a * pick(kind.roundness);
      const angle = pick([0, Math.PI]);
      const stain = pick(kind.stain);
      if (layers.lumen[Math.floor(y) * layers.width + Math.floor(x)] === 1) continue;
      paintNucleus(layers, { x, y, a, b, angle }, stain, random);
    }
  }
}

/** A nucleus: darker at its membrane, with a few clumps of chromatin. */
function paintNucleus(layers: StainLayers, shape: Ellipse, stain: number, random: RandomStream): void {
  const phase = random.uint32() % 997;
  eachPixel(layers, shape, (i, radius) => {
    const clump = ((i * 7919 + phase * 104_729) >>> 4) % 13 === 0 ? 0.22 : 0;
    const amount = stain * (radius > 0.7 ? 1 : 0.82) + clump;
    if (layers.lumen[i] === 0 && amount > (layers.nuclei[i] as number)) layers.nuclei[i] = amount;
  });
}

function eachPixel(layers: StainLayers, { x, y, a, b, angle }: Ellipse, visit: (index: number, radius: number) => void): void {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const reach = Math.max(a, b);
  for (let row = Math.max(0, Math.ceil(y - reach)); row <= Math.min(layers.height - 1, y + reach); row++) {
    for (let column = Math.max(0, Math.ceil(x - reach)); column <= Math.min(layers.width - 1, x + reach); column++) {
      const u = ((column - x) * cos + (row - y) * sin) / a;
      const v = ((row - y) * cos - (column - x) * sin) / b;
      const radius = u * u + v * v;
      if (radius <= 1) visit(row * layers.width + column, radius);
    }
  }
}
