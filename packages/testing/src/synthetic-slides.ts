import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { randomStream } from '@slidestream/core';
import { writeFileAtomic } from '@slidestream/core/node';
import { paintNuclei } from './synthetic-nuclei.js';
import { PLAN_CELL_PX, planSlide } from './synthetic-plan.js';
import { stainSlide } from './synthetic-stain.js';
import { aperioDescription, type TiffPixels, writeTiff } from './tiff.js';

/** The two classes of synthetic slides. */
export type SyntheticLabel = 'normal' | 'tumor';

/** What {@link makeSyntheticSlide} makes; the same options give the same pixels. */
export interface SyntheticSlideOptions {
  readonly id: string;
  readonly label: SyntheticLabel;
  readonly seed: number;
  /** Default 2560. */
  readonly widthPx?: number | undefined;
  /** Default 2048. */
  readonly heightPx?: number | undefined;
  /** Level-0 sizes over those of the levels above: default 4 and 16. */
  readonly downsamples?: readonly number[] | undefined;
  /** Chance that a slide of either class has lymphocyte aggregates, as dark as tumour: default 0.7. */
  readonly distractors?: number | undefined;
}

/** Where the truth of a slide lies, on a grid of square cells of level-0 pixels. */
export interface SyntheticTruth {
  readonly cellPx: number;
  readonly columns: number;
  readonly rows: number;
  /** uint8 [rows, columns]: 0 glass, 1 normal tissue, 2 tumour. */
  readonly cells: Uint8Array;
}

/** A slide that was never on glass. */
export interface SyntheticSlide {
  readonly id: string;
  readonly label: SyntheticLabel;
  /** Level-0 µm/px: 0.5, at 20×. */
  readonly mpp: number;
  readonly levels: readonly TiffPixels[];
  readonly truth: SyntheticTruth;
}

const MPP = 0.5;
const OBJECTIVE = 20;

/**
 * An H&E-like slide: pink fibrous stroma with sparse spindle nuclei and, on tumour slides, regions of crowded large nuclei around
 * glands. Slides of both classes have aggregates of small dark nuclei, so that mean colour alone does not tell the classes apart.
 *
 * @example
 * ```ts
 * const slide = makeSyntheticSlide({ id: 'S-001', label: 'tumor', seed: 7 });
 * await writeSyntheticSlide(slide, 'S-001.svs');
 * ```
 */
export function makeSyntheticSlide(options: SyntheticSlideOptions): SyntheticSlide {
  const { id, label, seed, widthPx = 2560, heightPx = 2048, downsamples = [4, 16], distractors = 0.7 } = options;
  const random = randomStream(seed, 'synthetic slide', id);
  const plan = planSlide({ widthPx, heightPx, tumour: label === 'tumor', distractors }, random.fork('plan'));
  const layers = paintNuclei(plan, widthPx, heightPx, random.fork('nuclei'));
  const base = stainSlide(plan, layers, random.fork('stain'));
  const cells = Uint8Array.from(plan.depth, (depth, i) => (depth <= 0 ? 0 : plan.tumour[i] === 1 ? 2 : 1));
  return {
    id,
    label,
    mpp: MPP,
    levels: [base, ...downsamples.map((factor) => shrink(base, factor))],
    truth: { cellPx: PLAN_CELL_PX, columns: plan.columns, rows: plan.rows, cells },
  };
}

/** Share of a square of level-0 pixels that is tumour. */
export function tumourShare(truth: SyntheticTruth, x: number, y: number, sizePx: number): number {
  const { cellPx, columns, rows, cells } = truth;
  let area = 0;
  for (let row = Math.max(0, Math.floor(y / cellPx)); row < Math.min(rows, Math.ceil((y + sizePx) / cellPx)); row++) {
    for (let column = Math.max(0, Math.floor(x / cellPx)); column < Math.min(columns, Math.ceil((x + sizePx) / cellPx)); column++) {
      if (cells[row * columns + column] !== 2) continue;
      const width = Math.min(x + sizePx, (column + 1) * cellPx) - Math.max(x, column * cellPx);
      const height = Math.min(y + sizePx, (row + 1) * cellPx) - Math.max(y, row * cellPx);
      area += width * height;
    }
  }
  return area / (sizePx * sizePx);
}

/** Writes a slide as an Aperio-like pyramid of JPEG tiles, complete or not at all. */
export async function writeSyntheticSlide(slide: SyntheticSlide, path: string): Promise<void> {
  const [base] = slide.levels;
  if (base === undefined) throw new RangeError('a slide has at least one level');
  const description = aperioDescription({ width: base.width, height: base.height, mpp: slide.mpp, objective: OBJECTIVE });
  await writeFileAtomic(path, await writeTiff({ levels: slide.levels, description, jpegQuality: 85 }));
}

/** What {@link writeSyntheticCohort} writes. */
export interface SyntheticCohortOptions
  extends Pick<SyntheticSlideOptions, 'seed' | 'widthPx' | 'heightPx' | 'downsamples' | 'distractors'> {
  /** How many slides of each part; both classes in turn. */
  readonly slides: { readonly train: number; readonly val: number; readonly test: number };
  readonly onSlide?: ((done: number, total: number, id: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A slide of a cohort on disk. */
export interface SyntheticCohortEntry {
  readonly case: string;
  readonly slide: string;
  readonly label: SyntheticLabel;
  readonly fold: 'train' | 'val' | 'test';
}

/**
 * Writes a cohort: `slides/{id}.svs`, `truth/{id}.json` ({@link SyntheticTruth}, cells as digits), and `labels.csv` (case, slide,
 * label, fold).
 */
export async function writeSyntheticCohort(folder: string, options: SyntheticCohortOptions): Promise<SyntheticCohortEntry[]> {
  const { slides, onSlide, signal, ...look } = options;
  await mkdir(join(folder, 'slides'), { recursive: true });
  await mkdir(join(folder, 'truth'), { recursive: true });
  const entries: SyntheticCohortEntry[] = [];
  for (const fold of ['train', 'val', 'test'] as const) {
    for (let i = 0; i < slides[fold]; i++) {
      const number = String(entries.length).padStart(3, '0');
      entries.push({ case: `P${number}`, slide: `SYN-${number}`, label: i % 2 === 0 ? 'normal' : 'tumor', fold });
    }
  }
  for (const [i, { slide: id, label }] of entries.entries()) {
    signal?.throwIfAborted();
    onSlide?.(i, entries.length, id);
    const slide = makeSyntheticSlide({ ...look, id, label });
    await writeFileAtomic(join(folder, 'truth', `${id}.json`), truthJson(slide.truth));
    await writeSyntheticSlide(slide, join(folder, 'slides', `${id}.svs`));
  }
  const rows = entries.map((entry) => `${entry.case},${entry.slide},${entry.label},${entry.fold}`);
  await writeFileAtomic(join(folder, 'labels.csv'), `${['case,slide,label,fold', ...rows].join('\n')}\n`);
  onSlide?.(entries.length, entries.length, '');
  return entries;
}

/** A truth as JSON text. */
export function truthJson({ cellPx, columns, rows, cells }: SyntheticTruth): string {
  const lines = Array.from({ length: rows }, (_, row) => cells.subarray(row * columns, (row + 1) * columns).join(''));
  return `${JSON.stringify({ cellPx, columns, rows, cells: lines }, null, 1)}\n`;
}

/** A truth from its JSON text. */
export function parseTruth(text: string): SyntheticTruth {
  const { cellPx, columns, rows, cells } = JSON.parse(text) as { cellPx: number; columns: number; rows: number; cells: string[] };
  return { cellPx, columns, rows, cells: Uint8Array.from(cells.join(''), Number) };
}

/** Means of squares of `factor` pixels; what is left over at the borders is dropped, as scanners do. */
function shrink(image: TiffPixels, factor: number): TiffPixels {
  const width = Math.floor(image.width / factor);
  const height = Math.floor(image.height / factor);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = 0; dy < factor; dy++) {
          const row = ((y * factor + dy) * image.width + x * factor) * 3 + c;
          for (let dx = 0; dx < factor; dx++) sum += image.data[row + dx * 3] as number;
        }
        data[(y * width + x) * 3 + c] = Math.round(sum / (factor * factor));
      }
    }
  }
  return { width, height, data };
}
