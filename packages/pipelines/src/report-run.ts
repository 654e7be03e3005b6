import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSlidestreamError } from '@slidestream/core';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import {
  extremeTiles,
  type ReportData,
  type ReportFailure,
  type ReportFold,
  type ReportHeatmap,
  type ReportTile,
  renderHeatmap,
  renderReport,
} from '@slidestream/report';
import { encodeJpeg, encodePng, findSlides, type SlideFile } from '@slidestream/slides';
import { type LoadedRun, loadRun, readRunConfig } from './predict/load-run.js';
import { type SlideAttention, slideAttention } from './predict/slide-attention.js';
import type { PredictionTable } from './predictions.js';
import type { RecipeContext } from './recipe-context.js';
import { openRunFolder } from './run-folder.js';
import type { LogRecord } from './run-folder-log.js';
import type { RunManifest } from './run-folder-manifest.js';
import type { RunSummary } from './summary.js';
import type { ModelRegistries } from './train/build-model.js';
import { readFoldResult } from './train/fold-result.js';

/** Tiles at either end of the attention that are shown. */
const EXTREMES = 6;

/** Which run to report on. */
export interface ReportOptions extends ModelRegistries {
  readonly run: string;
  /** Default `RUN/report.html`. */
  readonly out?: string | undefined;
  /** Where the slides are; default: those of the run's configuration. Without any there are no heatmaps. */
  readonly slides?: readonly string[] | undefined;
  /** Test slides whose attention is drawn; default as the configuration says. */
  readonly heatmaps?: number | undefined;
  /** What went wrong before training, to be listed. */
  readonly failures?: readonly ReportFailure[] | undefined;
}

/** Where the report is, and what it shows. */
export interface ReportSummary {
  readonly report: string;
  readonly heatmaps: readonly string[];
  readonly failures: readonly ReportFailure[];
}

/**
 * Writes a finished run as one self-contained HTML file.
 *
 * @throws SlidestreamError `run/*`, `io/*`
 */
export async function reportRun(options: ReportOptions, context: RecipeContext): Promise<ReportSummary> {
  const out = options.out ?? join(options.run, 'report.html');
  const config = await readRunConfig(options.run);
  const run = await openRunFolder(options.run);
  const [summary, manifest, predictions, log] = [await run.summary(), await run.manifest(), await run.predictions(), await run.log()];
  if (summary === null || manifest === null)
    throw ioError(Object.assign(new Error('no summary'), { code: 'ENOENT' }), join(options.run, 'summary.json'));
  const failures: ReportFailure[] = [...(options.failures ?? []), ...(await leftOut(options.run, summary))];
  const given = options.slides ?? slidesOf(config.data.slides);
  const files = given.length === 0 ? [] : await findSlides(given);
  const chosen = chooseSlides(predictions, files, options.heatmaps ?? config.report.heatmaps);
  const heatmaps = await drawAll(options, chosen, predictions, failures, context);
  const html = renderReport({
    title:
      config.name ??
      `${config.task} · ${config.mode === 'features' ? config.encoder.name : `${config.encoder.name} end to end`} + ${config.head.name}`,
    createdAt: new Date().toISOString(),
    facts: factsOf(config, summary, predictions),
    folds: summary.folds.map(
      (fold): ReportFold => ({ fold: fold.fold, test: fold.test, epochs: epochsOf(log, fold.fold), bestEpoch: fold.bestEpoch }),
    ),
    mean: summary.mean,
    predictions,
    heatmaps,
    failures,
    config: await configText(run.configPath, manifest),
    versions: manifest.versions,
  } satisfies ReportData);
  await writeFileAtomic(out, html);
  return { report: out, heatmaps: heatmaps.map(({ slide }) => slide), failures };
}

function slidesOf(slides: string | readonly string[] | undefined): readonly string[] {
  return slides === undefined ? [] : typeof slides === 'string' ? [slides] : slides;
}

/** Of every class (or end of the risk) as many: the most certain ones first, so that there is something to see. */
function chooseSlides(
  table: PredictionTable,
  files: readonly SlideFile[],
  count: number,
): { readonly file: SlideFile; readonly fold: number }[] {
  const byId = new Map(files.map((file) => [file.id, file]));
  const test = table.rows.filter((row) => row.split === 'test' && byId.has(row.slide));
  const groups = new Map<string, { slide: string; fold: number; score: number }[]>();
  for (const row of test) {
    const key = 'risk' in row ? '' : (row.label ?? '');
    const score = 'risk' in row ? row.risk : Math.max(...row.probabilities);
    groups.set(key, [...(groups.get(key) ?? []), { slide: row.slide, fold: row.fold, score }]);
  }
  const queues = [...groups.values()].map((rows) => rows.sort((a, b) => b.score - a.score || (a.slide < b.slide ? -1 : 1)));
  const chosen: { file: SlideFile; fold: number }[] = [];
  for (let round = 0; chosen.length < Math.min(count, test.length); round++) {
    for (const queue of queues) {
      const row = queue[round];
      if (row !== undefined && chosen.length < count) chosen.push({ file: byId.get(row.slide) as SlideFile, fold: row.fold });
    }
  }
  return chosen;
}

async function drawAll(
  options: ReportOptions,
  chosen: readonly { readonly file: SlideFile; readonly fold: number }[],
  predictions: PredictionTable,
  failures: ReportFailure[],
  context: RecipeContext,
): Promise<ReportHeatmap[]> {
  const drawn: ReportHeatmap[] = [];
  let loaded: LoadedRun | null = null;
  try {
    for (const [at, { file, fold }] of [...chosen].sort((a, b) => a.fold - b.fold).entries()) {
      context.signal.throwIfAborted();
      if (loaded === null || loaded.fold.fold !== fold) {
        loaded?.dispose();
        loaded = await loadRun(options.run, fold, options);
      }
      try {
        drawn.push(...(await drawOne(loaded, file, predictions)));
      } catch (error) {
        if (!isSlidestreamError(error) || error.category === 'io') throw error;
        failures.push({ item: file.id, code: error.code, message: error.message });
      }
      context.onProgress({ unit: 'heatmaps', done: at + 1, total: chosen.length, current: file.id });
    }
  } finally {
    loaded?.dispose();
  }
  return drawn;
}

async function drawOne(loaded: LoadedRun, file: SlideFile, predictions: PredictionTable): Promise<ReportHeatmap[]> {
  const seen = await slideAttention(loaded, file);
  try {
    const { attention, thumbnail, coords, sizeLevel0Px, info } = seen;
    if (attention === null) return [];
    const { width, height } = info;
    const image = await renderHeatmap({ width, height, thumbnail, coords, sizeLevel0Px, scores: attention, maxSidePx: 1000 });
    const { top, bottom } = extremeTiles(attention, Math.min(EXTREMES, attention.length));
    const tile = (index: number): Promise<ReportTile> => tileOf(seen, attention, index);
    return [
      {
        slide: file.id,
        note: noteOf(file.id, predictions),
        image: { mediaType: 'image/png', bytes: image },
        thumbnail: { mediaType: 'image/png', bytes: await encodePng(thumbnail) },
        top: await Promise.all(top.map(tile)),
        bottom: await Promise.all(bottom.map(tile)),
      },
    ];
  } finally {
    await seen.close();
  }
}

async function tileOf(seen: SlideAttention, attention: Float64Array, index: number): Promise<ReportTile> {
  const bytes = await encodeJpeg(await seen.readTile(index), { quality: 85 });
  const [x, y] = [seen.coords[2 * index] as number, seen.coords[2 * index + 1] as number];
  return { image: { mediaType: 'image/jpeg', bytes }, x, y, score: attention[index] as number };
}

function noteOf(slide: string, table: PredictionTable): string | undefined {
  const row = table.rows.find((one) => one.slide === slide && one.split === 'test');
  if (row === undefined) return undefined;
  if ('risk' in row) return `risk ${row.risk.toFixed(3)}${row.event === 1 ? `, event at ${row.time}` : `, censored at ${row.time}`}`;
  return `${row.label ?? 'unknown'}, predicted ${row.prediction} (${Math.max(...row.probabilities).toFixed(2)})`;
}

async function leftOut(run: string, summary: RunSummary): Promise<ReportFailure[]> {
  const results = await Promise.all(summary.folds.map(({ fold }) => readFoldResult(run, fold)));
  return results.flatMap((result) =>
    (result?.leftOut ?? []).map(({ bag, reason }) => ({
      item: bag,
      code: 'pipelines/missing-instances',
      message: `fold ${result?.fold}: ${reason}`,
    })),
  );
}

function factsOf(
  config: Awaited<ReturnType<typeof readRunConfig>>,
  summary: RunSummary,
  table: PredictionTable,
): { name: string; value: string }[] {
  const sizes = summary.folds[0]?.sizes;
  return [
    { name: 'task', value: config.task },
    { name: 'mode', value: config.mode },
    { name: 'encoder', value: config.encoder.name },
    { name: 'head', value: config.head.name },
    ...(sizes === undefined ? [] : [{ name: 'train / validation / test', value: `${sizes.train} / ${sizes.val} / ${sizes.test}` }]),
    { name: 'predictions', value: String(table.rows.length) },
    { name: 'training time', value: `${(summary.seconds / 60).toFixed(1)} min` },
    { name: 'seed', value: String(summary.seed) },
  ];
}

function epochsOf(log: readonly LogRecord[], fold: number): ReportFold['epochs'] {
  return log
    .filter((record) => record.kind === 'epoch' && record.fold === fold)
    .map((record) => {
      const validation = record.validation as { loss: number; metrics: Record<string, number | null> } | null;
      const metrics = Object.fromEntries(Object.entries(validation?.metrics ?? {}).map(([name, value]) => [name, value ?? Number.NaN]));
      return {
        epoch: record.epoch as number,
        trainLoss: record.trainLoss as number,
        ...(validation === null ? {} : { valLoss: validation.loss, metrics }),
      };
    });
}

async function configText(path: string, manifest: RunManifest): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return JSON.stringify(manifest.config, null, 2);
  }
}
