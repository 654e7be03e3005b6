import { Comparison } from './comparison.js';
import { type CaseRunner, type CaseTable, UnknownCase } from './conformance-case.js';
import type { NumbersCheck } from './numbers-case.js';

/** Which module checks a file of `numbers/`: loaded when a case of it is run. */
const checksOf: Readonly<Record<string, () => Promise<Readonly<Record<string, NumbersCheck>>>>> = {
  metrics: async () => (await import('./numbers-metrics.js')).metricChecks,
  losses: async () => (await import('./numbers-losses.js')).lossChecks,
  schedules: async () => (await import('./numbers-schedules.js')).scheduleChecks,
  splits: async () => (await import('./numbers-splits.js')).splitChecks,
  survival_bins: async () => (await import('./numbers-splits.js')).splitChecks,
  sampling: async () => (await import('./numbers-sampling.js')).samplingChecks,
  normalise: async () => (await import('./numbers-misc.js')).miscChecks,
  misc: async () => (await import('./numbers-misc.js')).miscChecks,
};

/** Runs one row or table of `numbers/` against the functions that a user calls. */
export const runNumbers: CaseRunner = async (caseFile) => {
  const { table, root } = caseFile;
  if (table === null) throw new UnknownCase('not a row of a JSON file');
  const name = table.key === '' ? table.file : `${table.file}/${table.key}`;
  const check = await checkOf(table, name);
  if (check === undefined) throw new UnknownCase(`no check for "${name}"`);
  const comparison = new Comparison();
  await check(table, comparison, root);
  return comparison.result(caseFile);
};

/** Every row of the reference's options and every one of its configurations is checked alike. */
async function checkOf(table: CaseTable, name: string): Promise<NumbersCheck | undefined> {
  if (/^(cli_options|yaml_configs)$/.test(table.file)) return (await import('./numbers-config.js')).configCheck(table);
  return (await checksOf[table.file]?.())?.[name];
}
