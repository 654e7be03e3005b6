import type { RunComparison } from '@slidestream/pipelines';
import { Option } from 'commander';
import { numberOption } from '../options/numbers.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

interface CompareVerbOptions {
  readonly split: 'train' | 'val' | 'test';
  readonly bootstrap: number;
  readonly confidence: number;
}

/** `slidestream compare RUN RUN…` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('<runs...>', 'folders of finished runs; the others are held against the first')
    .addOption(new Option('--split <name>', 'whose cases').choices(['train', 'val', 'test']).default('test'))
    .option('--bootstrap <n>', 'resamples for the intervals', numberOption({ integer: true, atLeast: 1 }), 1000)
    .option('--confidence <p>', 'level of the intervals', numberOption({ moreThan: 0 }), 0.95)
    .addHelpText(
      'after',
      `
Only slides that both runs predicted count, whole patients are drawn, and both runs see the same draws.

Example:
  slidestream compare runs/abmil runs/abmilx --bootstrap 2000`,
    )
    .action(
      act(async (_, runs: string[], options: CompareVerbOptions) => {
        const { compareRuns } = await import('@slidestream/pipelines');
        const result = await compareRuns({ runs, ...options });
        const text = result.comparisons.map((one) => describe(one, result.baseline, result.split)).join('\n\n');
        return { json: result, text };
      }),
    );
};

function describe(one: RunComparison, baseline: string, split: string): string {
  const figure = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(4));
  const rows = Object.entries(one.metrics).map(([name, { baseline: before, run, difference, low, high, pValue }]) => [
    `  ${name}`,
    figure(before),
    figure(run),
    `${difference > 0 ? '+' : ''}${figure(difference)}`,
    `[${figure(low)}, ${figure(high)}]`,
    `p ${figure(pValue)}`,
  ]);
  const lines = [`${one.run} against ${baseline}: ${one.slides} ${split} slides of both`];
  if (one.onlyInBaseline + one.onlyInRun > 0)
    lines.push(`  not compared: ${one.onlyInBaseline} slides of ${baseline} alone, ${one.onlyInRun} of ${one.run} alone`);
  lines.push(formatTable([['  metric', 'first', 'this', 'difference', 'interval', ''], ...rows]));
  if (one.deLong !== null) lines.push(`  DeLong's test of the AUC: p ${figure(one.deLong.pValue)}`);
  return lines.join('\n');
}
