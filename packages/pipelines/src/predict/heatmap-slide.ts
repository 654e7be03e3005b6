import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import { formatQuPath, type QuPathFeature } from '@slidestream/formats';
import { extremeTiles, renderHeatmap } from '@slidestream/report';
import { encodeJpeg, findSlides } from '@slidestream/slides';
import { csvLine } from '../predictions-csv.js';
import type { RecipeContext } from '../recipe-context.js';
import type { ModelRegistries } from '../train/build-model.js';
import { loadRun } from './load-run.js';
import { type SlideAttention, slideAttention } from './slide-attention.js';

/** What to draw. */
export interface HeatmapOptions extends ModelRegistries {
  readonly run: string;
  /** Fold whose model is used; default 0. */
  readonly fold?: number | undefined;
  readonly slide: string;
  readonly out: string;
  /** µm/px of level 0, for a slide that does not say. */
  readonly mpp?: number | undefined;
  /** Tiles with the most and the least attention that are kept as pictures; default 8. */
  readonly extremes?: number | undefined;
  /** Longest side of the pictures in pixels; default 1600. */
  readonly maxSidePx?: number | undefined;
}

/** What was drawn. */
export interface HeatmapSummary {
  readonly slide: string;
  readonly tiles: number;
  /** Most probable class, or `null` in survival. */
  readonly prediction: string | null;
  readonly files: readonly string[];
}

/**
 * Attention and class heatmaps of one slide as PNG, every tile with its scores as QuPath GeoJSON and CSV, and pictures of the tiles at both ends.
 *
 * @throws SlidestreamError `run/*`, `slide/*`, `tiling/*`, `io/*`
 */
export async function heatmapSlide(options: HeatmapOptions, context: RecipeContext): Promise<HeatmapSummary> {
  const [file] = await findSlides([options.slide]);
  if (file === undefined) throw new TypeError('findSlides gave no slide');
  const loaded = await loadRun(options.run, options.fold ?? 0, options);
  try {
    const seen = await slideAttention(loaded, file, options.mpp);
    try {
      context.onProgress({ unit: 'tiles', done: seen.result.instances, total: seen.result.instances, current: file.id });
      const { classes } = loaded.task;
      const files = await writeAll(file.id, seen, classes, options);
      const row = loaded.task.row({ id: file.id, case: file.id, known: null }, seen.result, { fold: loaded.fold.fold, split: 'predict' });
      return { slide: file.id, tiles: seen.result.instances, prediction: 'prediction' in row ? row.prediction : null, files };
    } finally {
      await seen.close();
    }
  } finally {
    loaded.dispose();
  }
}

/** The scores of every tile by name: attention, then the probability of each class. */
export function tileScores(seen: SlideAttention, classes: readonly string[] | null): Map<string, Float64Array> {
  const scores = new Map<string, Float64Array>();
  if (seen.attention !== null) scores.set('attention', seen.attention);
  const { tileProbabilities: probabilities } = seen;
  for (const [k, name] of (probabilities === null ? [] : (classes ?? [])).entries()) {
    const own = Float64Array.from({ length: seen.result.instances }, (_, i) => probabilities?.[i * (classes?.length ?? 1) + k] as number);
    scores.set(`p_${name}`, own);
  }
  return scores;
}

async function writeAll(
  slide: string,
  seen: SlideAttention,
  classes: readonly string[] | null,
  options: HeatmapOptions,
): Promise<string[]> {
  const files: string[] = [];
  const write = async (name: string, data: string | Uint8Array): Promise<void> => {
    const path = join(options.out, name);
    await writeFileAtomic(path, data);
    files.push(path);
  };
  await mkdir(join(options.out, `${slide}-tiles`), { recursive: true }).catch((error: unknown) => {
    throw ioError(error, options.out);
  });
  const scores = tileScores(seen, classes);
  const { width, height } = seen.info;
  for (const [name, own] of scores) {
    const normalisation = name === 'attention' ? 'rank' : 'none';
    const { thumbnail, coords, sizeLevel0Px } = seen;
    const drawn = { width, height, thumbnail, coords, sizeLevel0Px, scores: own, normalisation, maxSidePx: options.maxSidePx } as const;
    await write(`${slide}_${safeName(name)}.png`, await renderHeatmap(drawn));
  }
  await write(`${slide}.geojson`, formatQuPath(tileFeatures(seen, scores)));
  await write(`${slide}_tiles.csv`, tileTable(seen, scores));
  const ranked = seen.attention ?? [...scores.values()].at(-1);
  if (ranked !== undefined) {
    const { top, bottom } = extremeTiles(ranked, Math.min(options.extremes ?? 8, ranked.length));
    for (const [kind, indices] of [
      ['top', top],
      ['bottom', bottom],
    ] as const) {
      for (const [place, index] of indices.entries()) {
        const number = String(place + 1).padStart(2, '0');
        await write(join(`${slide}-tiles`, `${kind}-${number}.jpg`), await encodeJpeg(await seen.readTile(index), { quality: 90 }));
      }
    }
  }
  return files;
}

function tileFeatures({ coords, sizeLevel0Px: side }: SlideAttention, scores: ReadonlyMap<string, Float64Array>): QuPathFeature[] {
  return Array.from({ length: coords.length / 2 }, (_, i) => {
    const [x, y] = [coords[2 * i] as number, coords[2 * i + 1] as number];
    const ring = [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
      [x, y],
    ] as const;
    const measurements = Object.fromEntries([...scores].map(([name, own]) => [name, own[i] as number]));
    return { geometry: { type: 'Polygon', coordinates: [ring] }, objectType: 'tile', measurements } as QuPathFeature;
  });
}

function tileTable({ coords, sizeLevel0Px }: SlideAttention, scores: ReadonlyMap<string, Float64Array>): string {
  const lines = [csvLine(['x', 'y', 'size', ...scores.keys()])];
  for (let i = 0; i < coords.length / 2; i++) {
    lines.push(
      csvLine([coords[2 * i] as number, coords[2 * i + 1] as number, sizeLevel0Px, ...[...scores.values()].map((own) => own[i] as number)]),
    );
  }
  return lines.join('');
}

/** A class name as part of a file name. */
function safeName(name: string): string {
  return name.replace(/[^\w.-]+/g, '_');
}
