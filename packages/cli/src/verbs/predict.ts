import { numberOption } from '../options/numbers.js';
import { leftOutOf, resultOverSlides, slidesOfShard } from '../options/slides.js';
import type { ConfigureVerb } from '../verb.js';

interface PredictVerbOptions {
  readonly store?: string;
  readonly slides?: readonly string[];
  readonly fold: number;
  readonly slideMpp?: number;
  readonly out?: string;
  readonly shard?: string;
}

/** `slidestream predict RUN (--store F | --slides DIR)` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('<run>', 'folder of a finished run')
    .option('--store <file>', 'tile store')
    .option('--slides <paths...>', 'files, folders (searched), or a CSV of slides')
    .option('--fold <n>', 'fold whose model is used', numberOption({ integer: true, atLeast: 0 }), 0)
    .option('--slide-mpp <µm>', 'pixel size of slides that do not say it', numberOption({ moreThan: 0 }))
    .option('--out <csv>', 'write the table there instead of printing it')
    .option('--shard <i/n|auto>', 'do every n-th slide only')
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream predict runs/e2e --slides new/ --out predictions.csv\n  slidestream predict runs/e2e --store new.lmdb --json',
    )
    .action(
      act(async (context, run: string, options: PredictVerbOptions) => {
        const { formatPredictions, predictRun } = await import('@slidestream/pipelines');
        const slides = options.slides === undefined ? undefined : await slidesOfShard(options.slides, options.shard);
        const { table, failures } = await predictRun(
          { run, fold: options.fold, store: options.store, slides, mpp: options.slideMpp },
          context,
        );
        const text = formatPredictions(table);
        const leftOut = leftOutOf(failures);
        for (const one of leftOut) context.logger.warn(`left out ${one.slide}: ${one.message}`, { code: one.code });
        if (options.out !== undefined) {
          const { writeFileAtomic } = await import('@slidestream/core/node');
          await writeFileAtomic(options.out, text);
        }
        const lines = [options.out === undefined ? text.trimEnd() : `${options.out}: ${table.rows.length} slides`];
        const {
          json,
          exitCode,
          text: printed,
        } = resultOverSlides({ ...table, failures: leftOut }, lines, { done: table.rows.length, leftOut });
        // The table alone is the output; what was left out went to standard error.
        return { json, exitCode, text: options.out === undefined ? text.trimEnd() : printed };
      }),
    );
};
