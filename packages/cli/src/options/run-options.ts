import { SlidestreamError } from '@slidestream/core';
import type { Command } from 'commander';
import { formatTable } from '../terminal/table.js';
import { loadRun } from './run-config.js';

/** What `train` and `run` are asked for. */
export interface RunOptions {
  readonly config: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: true;
}

/** Adds the options of verbs that carry out a configuration. */
export function addRunOptions(command: Command): Command {
  return command
    .requiredOption('-c, --config <file>', 'YAML of the run')
    .option('--set <key=value...>', 'overrides, for example training.epochs=5 data.slides=/mnt/slides')
    .option('--out <dir>', "run folder (default: the configuration's output)")
    .option('--resume', 'go on with a run that was stopped');
}

/** The checked configuration and the run folder. @throws SlidestreamError `cli/usage` without a folder; ConfigError */
export async function resolveRun(options: RunOptions) {
  const { value: config, toYaml } = await loadRun(options.config, options.set ?? []);
  const out = options.out ?? config.output;
  if (out === undefined) {
    throw new SlidestreamError({ code: 'cli/usage', category: 'usage', message: 'say where to: --out, or output in the configuration' });
  }
  return { config, configText: toYaml(), out, resume: options.resume ?? false };
}

/** A run's mean test metrics as a person reads them. */
export function describeMetrics(
  run: string,
  {
    folds,
    mean,
  }: { readonly folds: readonly unknown[]; readonly mean: Readonly<Record<string, { readonly value: number; readonly sd: number }>> },
): string {
  const rows = Object.entries(mean).map(([name, { value, sd }]) => [
    `  ${name}`,
    value.toFixed(4),
    folds.length > 1 ? `± ${sd.toFixed(4)}` : '',
  ]);
  return `${run}: ${folds.length} folds, test metrics\n${formatTable(rows)}`;
}
