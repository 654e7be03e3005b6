import { exitCodes } from '../exit-codes.js';
import { addRunOptions, describeMetrics, type RunOptions, resolveRun } from '../options/run-options.js';
import type { ConfigureVerb } from '../verb.js';

/** `slidestream run -c CONFIG --out RUN` */
export const configure: ConfigureVerb = (command, act) => {
  addRunOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream run -c configs/cohort-e2e.yaml --out runs/e2e\n  slidestream run -c run.yaml --out runs/mine --set data.slides=slides data.labels=labels.csv',
    )
    .action(
      act(async (context, options: RunOptions) => {
        const asked = await resolveRun(options);
        const { runChain } = await import('@slidestream/pipelines');
        const result = await runChain(asked, context);
        const listed = result.failures.map(({ item, message }) => `  left out: ${item}, ${message}`);
        const text = [describeMetrics(result.run, result.summary), ...listed, `report: ${result.report}`].join('\n');
        return { json: result, text, exitCode: listed.length > 0 ? exitCodes.partial : exitCodes.done };
      }),
    );
};
