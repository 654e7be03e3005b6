import { numberOption } from '../options/numbers.js';
import type { ConfigureVerb } from '../verb.js';

interface ReportVerbOptions {
  readonly out?: string;
  readonly slides?: readonly string[];
  readonly heatmaps?: number;
}

/** `slidestream report RUN` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('<run>', 'folder of a finished run')
    .option('--out <file>', 'HTML to write (default RUN/report.html)')
    .option('--slides <path...>', "where the slides are (default: the configuration's)")
    .option('--heatmaps <n>', 'test slides whose attention is drawn', numberOption({ integer: true, atLeast: 0 }))
    .addHelpText('after', '\nExample:\n  slidestream report runs/first')
    .action(
      act(async (context, run: string, options: ReportVerbOptions) => {
        const { reportRun } = await import('@slidestream/pipelines');
        const { report, heatmaps, failures } = await reportRun({ run, ...options }, context);
        return { json: { report, heatmaps, failures }, text: `${report}: ${heatmaps.length} heatmaps` };
      }),
    );
};
