import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunConfig } from '@slidestream/config';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import type { ReportFailure } from '@slidestream/report';
import { embedSlides } from './embed-slides.js';
import { packTiles } from './pack-tiles.js';
import { withPlugins } from './plugins/load-plugins.js';
import type { RecipeContext } from './recipe-context.js';
import { reportRun } from './report-run.js';
import type { RunSummary } from './summary.js';
import { tileSlides } from './tile-slides.js';
import { scaleLimitsOf, tileChoiceOf, tileScaleOf, tilingParametersOf } from './tiling-settings.js';
import { type TrainRunOptions, trainRun } from './train/train-run.js';

/** What the whole chain gave. */
export interface RunChainResult {
  readonly run: string;
  readonly report: string;
  readonly summary: RunSummary;
  /** Slides that were left out anywhere on the way, and why. */
  readonly failures: readonly ReportFailure[];
}

/** Instances that a run has or has made, and what was left out on the way. */
interface Prepared {
  readonly config: RunConfig;
  readonly failures: readonly ReportFailure[];
}

/**
 * Slides and labels to report: tile, pack, embed where the run is on features, train, test, heatmaps, report. What is complete in the run folder is
 * not done again, so that a stopped run goes on.
 *
 * @throws SlidestreamError what the stages throw
 */
export async function runChain(asked: TrainRunOptions, context: RecipeContext): Promise<RunChainResult> {
  const options = { ...asked, ...(await withPlugins(asked.config.plugins, asked)) };
  const { out } = options;
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw ioError(error, out);
  });
  const { config, failures } = await prepare(options, context);
  stage('training', context);
  const { summary } = await trainRun({ ...options, config }, context);
  stage('report', context);
  const report = await reportRun({ ...options, run: out, out: join(out, 'report.html'), failures }, context);
  return { run: out, report: report.report, summary, failures: report.failures };
}

async function prepare(options: TrainRunOptions, context: RecipeContext): Promise<Prepared> {
  const { config, out } = options;
  const { data } = config;
  if (config.mode === 'features' && (data.features !== undefined || data.bags !== undefined)) return { config, failures: [] };
  const packed = data.stores === undefined ? await makeStores(config, out, context) : { stores: data.stores, failures: [] };
  const withStores: RunConfig = { ...config, data: { ...data, stores: packed.stores } };
  if (config.mode === 'end-to-end') return { config: withStores, failures: packed.failures };
  stage('features', context);
  const features = join(out, 'features');
  const store = typeof packed.stores === 'string' ? packed.stores : (Object.values(packed.stores)[0] as string);
  const { encoder, evaluation, engine } = config;
  const embedded = await embedSlides(
    {
      from: { store },
      encoders: [encoder],
      out: features,
      tilesPerChunk: evaluation.tilesPerChunk,
      registry: options.encoders,
      engine,
    },
    context,
  );
  const failures = embedded.failures.map(({ slide, error }) => ({ item: slide, code: error.code, message: error.message }));
  return { config: { ...withStores, data: { ...withStores.data, features } }, failures: [...packed.failures, ...failures] };
}

async function makeStores(
  config: RunConfig,
  out: string,
  context: RecipeContext,
): Promise<{ readonly stores: Readonly<Record<string, string>>; readonly failures: readonly ReportFailure[] }> {
  const { data, tiling, store } = config;
  if (data.slides === undefined) throw noSlides();
  const slides = typeof data.slides === 'string' ? [data.slides] : data.slides;
  const coords = join(out, 'tiles');
  stage('tiles', context);
  const tiled = await tileSlides(
    {
      slides,
      out: coords,
      scales: new Map(tiling.scales.map((scale) => [scale.name, tileScaleOf(scale)])),
      parameters: await tilingParametersOf(config),
      limits: scaleLimitsOf(config),
      choice: tileChoiceOf(config),
      mppIfUnknown: data.mpp,
    },
    context,
  );
  stage('store', context);
  const packed = await packTiles(
    { coords, slides, store: join(out, 'tiles.lmdb'), tileSizePx: store.sizePx, jpegQuality: store.quality, mppIfUnknown: data.mpp },
    context,
  );
  const untiled = tiled.slides.filter(({ reason }) => reason !== undefined && reason !== 'tile/not-asked');
  const failures = [
    ...untiled.map(({ id, reason, message }) => ({ item: id, code: reason as string, message: message ?? 'no tile lies on tissue' })),
    ...packed.failures.map(({ slide, code, message }) => ({ item: slide, code, message })),
  ];
  return { stores: packed.stores, failures };
}

function stage(name: string, { logger }: RecipeContext): void {
  logger.info(`— ${name}`);
}

function noSlides(): SlidestreamError {
  return new SlidestreamError({
    code: 'pipelines/no-slides',
    category: 'usage',
    message: 'the configuration names neither slides nor stores nor features',
    where: { key: 'data.slides' },
    hint: 'Give a folder of slides',
  });
}
