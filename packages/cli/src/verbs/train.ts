import { exitCodes } from '../exit-codes.js';
import { addRunOptions, describeMetrics, type RunOptions, resolveRun } from '../options/run-options.js';
import type { ConfigureVerb } from '../verb.js';

/** `slidestream train -c CONFIG --out RUN` */
export const configure: ConfigureVerb = (command, act) => {
  addRunOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream train -c configs/cohort-e2e.yaml --out runs/e2e\n  slidestream train -c configs/cohort-e2e.yaml --out runs/e2e --resume\n  slidestream train -c run.yaml --out runs/short --set training.epochs=5 seed=7',
    )
    .action(
      act(async (context, options: RunOptions) => {
        const asked = await resolveRun(options);
        const { trainRun } = await import('@slidestream/pipelines');
        const result = await trainRun(asked, context);
        const listed = result.leftOut.map(({ fold, bag, reason }) => `  left out of fold ${fold}: ${bag}, ${reason}`);
        const text = [describeMetrics(result.run, result.summary), ...listed].join('\n');
        return { json: result, text, exitCode: listed.length > 0 ? exitCodes.partial : exitCodes.done };
      }),
    );
};
