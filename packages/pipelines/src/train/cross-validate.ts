import type { RunConfig } from '@slidestream/config';
import { startEngine } from '@slidestream/engine-node';
import { evaluate, fit } from '@slidestream/training';
import { lastValueFrom } from 'rxjs';
import { withPlugins } from '../plugins/load-plugins.js';
import type { RecipeContext } from '../recipe-context.js';
import { evaluationBagsOf, inputOf } from './bag-access.js';
import { buildModel, type ModelRegistries } from './build-model.js';
import { foldFit } from './fold-fit.js';
import { openCohort } from './open-cohort.js';
import { runTaskOf } from './run-task.js';

/** What to train; nothing is written. */
export interface CrossValidateOptions extends ModelRegistries {
  readonly config: RunConfig;
}

/** Test metrics of one fold. */
export interface FoldMetrics {
  readonly fold: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Trains and tests every fold of a configuration in this process without a run folder: no checkpoints, no resume, last epoch's weights. For many
 * small trainings, as benchmarks of heads are.
 *
 * @throws SlidestreamError `training/*`, `pipelines/*`, `streams/stopped`
 *
 * @example
 * ```ts no-run
 * const { value: config } = await loadRunConfig('configs/mil-bags.yaml');
 * for await (const { fold, metrics } of crossValidate({ config }, context)) console.log(fold, metrics.accuracy);
 * ```
 */
export async function* crossValidate(asked: CrossValidateOptions, context: RecipeContext): AsyncGenerator<FoldMetrics> {
  const { config } = asked;
  const options = { ...asked, ...(await withPlugins(config.plugins, asked)) };
  const cohort = await openCohort(config, options);
  try {
    await startEngine({ ...config.engine, deterministic: true });
    const total = cohort.folds.length;
    for (const [done, fold] of cohort.folds.entries()) {
      const access = await cohort.accessOf(fold);
      const task = runTaskOf(config, fold, cohort.table.classes, options.heads);
      const featureWidth = access.kind === 'features' ? access.source.width : undefined;
      const model = await buildModel({ ...options, outputs: task.task.outputs, featureWidth, fold: fold.fold });
      try {
        const train = task.bags(fold.train);
        await lastValueFrom(fit({ ...foldFit({ config, model, task: task.task, train, access }), signal: context.signal }));
        const bags = evaluationBagsOf(task.bags(fold.test), access, config)();
        const { tilesPerChunk } = config.evaluation;
        const tested = { model, task: task.task, input: inputOf(access, config), bags, tilesPerChunk, attention: false };
        const { metrics } = await evaluate({ ...tested, signal: context.signal });
        context.onProgress({ unit: 'folds', done: done + 1, total });
        yield { fold: fold.fold, metrics };
      } finally {
        model.dispose();
      }
    }
  } finally {
    cohort.close();
  }
}
