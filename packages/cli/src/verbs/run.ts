import { SlidestreamError } from '@slidestream/core';
import { exitCodes } from '../exit-codes.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

interface RunVerbOptions {
  readonly config: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: true;
}

/** `slidestream run -c CONFIG --out RUN` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .requiredOption('-c, --config <file>', 'YAML of the run')
    .option('--set <key=value...>', 'overrides, for example data.slides=/mnt/slides')
    .option('--out <dir>', "run folder (default: the configuration's output)")
    .option('--resume', 'go on with a run that was stopped')
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream run -c configs/cohort-e2e.yaml --out runs/e2e\n  slidestream run -c run.yaml --out runs/mine --set data.slides=slides data.labels=labels.csv',
    )
    .action(
      act(async (context, options: RunVerbOptions) => {
        const { loadRun } = await import('../options/run-config.js');
        const { value: config, toYaml } = await loadRun(options.config, options.set ?? []);
        const out = options.out ?? config.output;
        if (out === undefined) {
          throw new SlidestreamError({
            code: 'cli/usage',
            category: 'usage',
            message: 'say where to: --out, or output in the configuration',
          });
        }
        const { runChain } = await import('@slidestream/pipelines');
        const result = await runChain({ config, configText: toYaml(), out, resume: options.resume ?? false }, context);
        const { run, report, summary, failures } = result;
        const rows = Object.entries(summary.mean).map(([name, { value, sd }]) => [
          `  ${name}`,
          value.toFixed(4),
          summary.folds.length > 1 ? `± ${sd.toFixed(4)}` : '',
        ]);
        const listed = failures.map(({ item, message }) => `  left out: ${item}, ${message}`);
        const text = [`${run}: ${summary.folds.length} folds, test metrics`, formatTable(rows), ...listed, `report: ${report}`].join('\n');
        return { json: { run, report, summary, failures }, text, exitCode: failures.length > 0 ? exitCodes.partial : exitCodes.done };
      }),
    );
};
