import type { RandomStream } from '@slidestream/core';
import { type Noise, valueNoise } from './synthetic-noise.js';
import type { StainLayers } from './synthetic-nuclei.js';
import { PLAN_CELL_PX, type SyntheticPlan } from './synthetic-plan.js';
import type { TiffPixels } from './tiff.js';

/** Optical densities of red, green and blue light per unit of stain (after Ruifrok and Johnston 2001). */
const HAEMATOXYLIN = [0.65, 0.7, 0.29] as const;
const EOSIN = [0.1, 0.9, 0.42] as const;

/** Stain strengths and glass differ from slide to slide, as between laboratories. */
interface Laboratory {
  readonly haematoxylin: number;
  readonly eosin: number;
  readonly glass: Rgb;
}

/** Mixes plan and nuclei into the RGB pixels that a scanner would see. */
export function stainSlide(plan: SyntheticPlan, layers: StainLayers, random: RandomStream): TiffPixels {
  const { width, height, nuclei, lumen } = layers;
  const laboratory = drawLaboratory(random.fork('laboratory'));
  const noise = valueNoise(random.fork('texture'));
  const grain = grainTable(random.fork('grain'));
  const fibres = random.fork('fibres').uniform() * Math.PI;
  const alongX = (Math.cos(fibres) * 2 * Math.PI) / 11;
  const alongY = (Math.sin(fibres) * 2 * Math.PI) / 11;
  const data = new Uint8Array(width * height * 3);
  const glass = transmission(0, 0, laboratory);
  for (let y = 0; y < height; y++) {
    let texture = { phase: 0, fibre: 0, tone: 0 };
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const depth = smooth(plan, plan.depth, x, y);
      let light = glass;
      if (depth > 0) {
        // What changes slowly is computed for every fourth pixel of a row.
        if ((x & 3) === 0) texture = slowTexture(noise, x, y);
        const thickness = Math.min(1, depth * 14) * (lumen[i] === 1 ? 0.06 : 1);
        const tumour = smooth(plan, plan.tumour, x, y);
        const wave = texture.fibre * Math.sin(x * alongX + y * alongY + texture.phase);
        const stroma = 0.37 + wave + texture.tone;
        const cytoplasm = 0.33 + 0.14 * (noise(x / 6, y / 6) - 0.5);
        const nucleus = nuclei[i] as number;
        const eosin = thickness * (stroma + tumour * (cytoplasm - stroma)) * (nucleus > 0 ? 0.45 : 1);
        light = transmission(thickness * (0.05 + 0.05 * tumour + nucleus), eosin, laboratory);
      }
      for (let c = 0; c < 3; c++) {
        const value = light[c as 0] + (grain[(i * 3 + c) % grain.length] as number);
        data[i * 3 + c] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
      }
    }
  }
  return { width, height, data };
}

type Rgb = readonly [number, number, number];

/** Light that passes through stained tissue (Beer and Lambert). */
function transmission(haematoxylin: number, eosin: number, { glass, haematoxylin: hGain, eosin: eGain }: Laboratory): Rgb {
  const h = haematoxylin * hGain;
  const e = eosin * eGain;
  return [
    glass[0] * Math.exp(-(h * HAEMATOXYLIN[0] + e * EOSIN[0])),
    glass[1] * Math.exp(-(h * HAEMATOXYLIN[1] + e * EOSIN[1])),
    glass[2] * Math.exp(-(h * HAEMATOXYLIN[2] + e * EOSIN[2])),
  ];
}

/** Bend and strength of the fibres, and the tone between them. */
function slowTexture(noise: Noise, x: number, y: number): { phase: number; fibre: number; tone: number } {
  return {
    phase: 14 * noise(x / 90, y / 90) + 5 * noise(x / 31 + 9, y / 31),
    fibre: 0.16 * noise(x / 27 + 60, y / 27) ** 2,
    tone: 0.18 * (noise(x / 37, y / 37) - 0.5),
  };
}

function drawLaboratory(random: RandomStream): Laboratory {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const haematoxylin = between(0.82, 1.18);
  const eosin = between(0.8, 1.2);
  const white = between(241, 246);
  return { haematoxylin, eosin, glass: [white, white - between(0, 1.5), white + between(-1, 1)] };
}

/** Camera noise; the length is prime, so that rows do not repeat it. */
function grainTable(random: RandomStream): Float32Array {
  return Float32Array.from({ length: 65_537 }, () => 1.3 * random.normal());
}

/** A plan's layer between the centres of its cells. */
function smooth(plan: SyntheticPlan, layer: Float32Array | Uint8Array, x: number, y: number): number {
  const px = Math.min(plan.columns - 1.001, Math.max(0, (x + 0.5) / PLAN_CELL_PX - 0.5));
  const py = Math.min(plan.rows - 1.001, Math.max(0, (y + 0.5) / PLAN_CELL_PX - 0.5));
  const column = Math.floor(px);
  const row = Math.floor(py);
  const i = row * plan.columns + column;
  const a = layer[i] as number;
  const b = layer[i + 1] as number;
  const c = layer[i + plan.columns] as number;
  const d = layer[i + plan.columns + 1] as number;
  const top = a + (px - column) * (b - a);
  return top + (py - row) * (c + (px - column) * (d - c) - top);
}
