import { SlidestreamError } from '@slidestream/core';
import { exitCodes } from '../exit-codes.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

interface TrainVerbOptions {
  readonly config: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: true;
}

/** `slidestream train -c CONFIG --out RUN` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .requiredOption('-c, --config <file>', 'YAML of the run')
    .option('--set <key=value...>', 'overrides, for example training.epochs=5')
    .option('--out <dir>', "run folder (default: the configuration's output)")
    .option('--resume', 'go on with a run that was stopped')
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream train -c configs/cohort-e2e.yaml --out runs/e2e\n  slidestream train -c configs/cohort-e2e.yaml --out runs/e2e --resume\n  slidestream train -c run.yaml --out runs/short --set training.epochs=5 seed=7',
    )
    .action(
      act(async (context, options: TrainVerbOptions) => {
        const { loadRun } = await import('../options/run-config.js');
        const { value: config, toYaml } = await loadRun(options.config, options.set ?? []);
        const out = options.out ?? config.output;
        if (out === undefined)
          throw new SlidestreamError({
            code: 'cli/usage',
            category: 'usage',
            message: 'say where to: --out, or output in the configuration',
          });
        const { trainRun } = await import('@slidestream/pipelines');
        const { run, summary, leftOut } = await trainRun({ config, configText: toYaml(), out, resume: options.resume ?? false }, context);
        const rows = Object.entries(summary.mean).map(([name, { value, sd }]) => [
          `  ${name}`,
          value.toFixed(4),
          summary.folds.length > 1 ? `± ${sd.toFixed(4)}` : '',
        ]);
        const listed = leftOut.map(({ fold, bag, reason }) => `  left out of fold ${fold}: ${bag}, ${reason}`);
        const text = [`${run}: ${summary.folds.length} folds, test metrics`, formatTable(rows), ...listed].join('\n');
        return { json: { run, summary, leftOut }, text, exitCode: leftOut.length > 0 ? exitCodes.partial : exitCodes.done };
      }),
    );
};
