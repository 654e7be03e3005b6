/**
 * Makes survival times for a cohort whose slides say which tile lies where, so that survival training has data with a known
 * cause. How:
 *
 * 1. tumour share s of a slide = its tiles of class `--class` (TUMOR) ÷ all its tiles in the instances table;
 * 2. event time, proportional hazards with a Weibull baseline: T = median · (−ln U / (ln 2 · exp(effect · s)))^(1 / shape), so a
 *    slide without tumour has the median survival `--median`, and each 0.1 of tumour share multiplies the hazard by
 *    exp(effect / 10) (effect 8: 2.2);
 * 3. censoring: follow-up C uniform in [0.25, 1.25] · `--follow-up`; time = min(T, C), event = 1 when T ≤ C;
 * 4. U and C of a slide depend on `--seed` and the slide's id alone, not on the order of rows.
 *
 * Writes CSV: case, slide, time (months, three decimals), event (1 observed, 0 censored), fold (the labels table's split).
 * Tells on stderr how many events there are and the C-index of the tumour share itself, which no model can be expected to beat.
 *
 *   node --conditions @slidestream/source --import tsx tools/simulate-survival.ts --instances I.csv --labels L.csv --out O.csv
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { randomStream } from '../packages/core/src/index.js';
import { writeFileAtomic } from '../packages/core/src/node/index.js';
import { type LabelTable, readCsv, readLabelTable } from '../packages/labels/src/index.js';
import { cIndex } from '../packages/metrics/src/index.js';

/** Settings of the simulation; see the head of this file. */
export interface SurvivalSimulation {
  readonly seed: number;
  /** Log hazard ratio between a slide that is all tumour and one without. */
  readonly effect: number;
  /** Median survival without tumour, months. */
  readonly medianMonths: number;
  readonly shape: number;
  /** Centre of the follow-up, months. */
  readonly followUpMonths: number;
}

/** A simulated slide. */
export interface SimulatedCase {
  readonly case: string;
  readonly slide: string;
  readonly time: number;
  readonly event: 0 | 1;
  readonly fold: string;
  readonly share: number;
}

/** Share of the tiles of class `tumour` in each slide of an instances table (columns slide and class). */
export function tumourShares(text: string, file: string, tumour: string): Map<string, number> {
  const [header, ...records] = readCsv(text, file);
  const slideAt = header?.fields.indexOf('slide') ?? -1;
  const classAt = header?.fields.indexOf('class') ?? -1;
  if (slideAt < 0 || classAt < 0) throw new Error(`${file} has no columns slide and class`);
  const counts = new Map<string, { tumour: number; all: number }>();
  for (const { fields } of records) {
    const slide = fields[slideAt] as string;
    const count = counts.get(slide) ?? { tumour: 0, all: 0 };
    count.all++;
    if (fields[classAt] === tumour) count.tumour++;
    counts.set(slide, count);
  }
  return new Map([...counts].map(([slide, count]) => [slide, count.tumour / count.all]));
}

/** Simulates every slide of `table`; a slide without a share is refused. */
export function simulateSurvival(table: LabelTable, shares: ReadonlyMap<string, number>, settings: SurvivalSimulation): SimulatedCase[] {
  return table.rows.map((row) => {
    const share = shares.get(row.slide);
    if (share === undefined) throw new Error(`slide ${row.slide} has no instances`);
    const random = randomStream(settings.seed, 'survival', row.slide);
    const exposure = -Math.log(1 - random.uniform()) / (Math.LN2 * Math.exp(settings.effect * share));
    const eventTime = settings.medianMonths * exposure ** (1 / settings.shape);
    const followUp = settings.followUpMonths * (0.25 + random.uniform());
    const time = Number(Math.max(0.001, Math.min(eventTime, followUp)).toFixed(3));
    const fold = row.split ?? (row.fold === undefined ? '' : String(row.fold));
    return { case: row.case, slide: row.slide, time, event: eventTime <= followUp ? 1 : 0, fold, share };
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      instances: { type: 'string' },
      labels: { type: 'string' },
      out: { type: 'string' },
      class: { type: 'string', default: 'TUMOR' },
      seed: { type: 'string', default: '2021' },
      effect: { type: 'string', default: '8' },
      median: { type: 'string', default: '60' },
      shape: { type: 'string', default: '2' },
      'follow-up': { type: 'string', default: '72' },
    },
  });
  const { instances, labels, out } = values;
  if (instances === undefined || labels === undefined || out === undefined) {
    console.error(
      'usage: simulate-survival --instances I.csv --labels L.csv --out O.csv [--seed 2021] [--effect 8] [--median 60] [--follow-up 72]',
    );
    process.exitCode = 2;
    return;
  }
  const shares = tumourShares(await readFile(instances, 'utf8'), instances, values.class);
  const cases = simulateSurvival(await readLabelTable(labels), shares, {
    seed: Number(values.seed),
    effect: Number(values.effect),
    medianMonths: Number(values.median),
    shape: Number(values.shape),
    followUpMonths: Number(values['follow-up']),
  });
  const lines = cases.map((one) => [one.case, one.slide, one.time, one.event, one.fold].join(','));
  await writeFileAtomic(out, `case,slide,time,event,fold\n${lines.join('\n')}\n`);
  const column = <K extends keyof SimulatedCase>(name: K): SimulatedCase[K][] => cases.map((one) => one[name]);
  const events = column('event').filter((event) => event === 1).length;
  const bound = cIndex(column('time'), column('event'), column('share'));
  console.error(`${cases.length} slides, ${events} events, C-index of the tumour share ${bound.toFixed(3)}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
