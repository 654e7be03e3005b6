import { Option } from 'commander';
import { numberOption } from '../options/numbers.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

interface EvaluateVerbOptions {
  readonly split: 'train' | 'val' | 'test';
  readonly bootstrap: number;
  readonly confidence: number;
}

/** `slidestream evaluate RUN` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('<run>', 'folder of a finished run')
    .addOption(new Option('--split <name>', 'whose cases').choices(['train', 'val', 'test']).default('test'))
    .option('--bootstrap <n>', 'resamples for the intervals', numberOption({ integer: true, atLeast: 0 }), 1000)
    .option('--confidence <p>', 'level of the intervals', numberOption({ moreThan: 0 }), 0.95)
    .addHelpText('after', '\nExample:\n  slidestream evaluate runs/e2e --bootstrap 2000')
    .action(
      act(async (_, run: string, options: EvaluateVerbOptions) => {
        const { evaluateRun } = await import('@slidestream/pipelines');
        const { split, bootstrap, confidence } = options;
        const result = await evaluateRun({ run, split, bootstrap, confidence });
        const { cases, metrics } = result.pooled;
        const figure = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(4));
        const rows = Object.entries(metrics).map(([name, { value, low, high }]) => [
          `  ${name}`,
          figure(value),
          `[${figure(low)}, ${figure(high)}]`,
        ]);
        const text = `${run}: ${cases} ${split} cases, ${result.folds.length} folds\n${formatTable(rows)}`;
        return { json: result, text };
      }),
    );
};
