import type { ClassTarget } from '@slidestream/classification';
import { SlidestreamError } from '@slidestream/core';
import { classIndex, type LabelRow } from '@slidestream/labels';
import type { SurvivalTarget } from '@slidestream/survival';

/** One bag of the cohort: what is predicted as one, and what is known of it. */
export interface LabelledBag<Target = unknown> {
  /** Slide id, or case id where all slides of a case are one bag. */
  readonly id: string;
  readonly case: string;
  /** Whose instances are in the bag, in table order. */
  readonly slides: readonly string[];
  /** As it is written in the table. */
  readonly label: string;
  readonly target: Target;
}

/** One bag a slide, its target the index of its class. */
export function classificationBags(rows: readonly LabelRow[], classes: readonly string[]): LabelledBag<ClassTarget>[] {
  return rows.map((row) => ({
    id: row.slide,
    case: row.case,
    slides: [row.slide],
    label: row.label,
    target: { label: classIndex(classes, row.label) },
  }));
}

/**
 * One bag a case, all its slides together, as the reference does for survival.
 *
 * @param binOf - time bin of a time, by the edges of the training data
 * @throws SlidestreamError `pipelines/conflicting-outcome` when slides of one case differ in time or event
 */
export function survivalBags(rows: readonly LabelRow[], binOf: (time: number) => number): LabelledBag<SurvivalTarget>[] {
  const byCase = new Map<string, LabelRow[]>();
  for (const row of rows) byCase.set(row.case, [...(byCase.get(row.case) ?? []), row]);
  return [...byCase].map(([name, own]) => {
    const { time, event } = own[0] as LabelRow;
    const odd = own.find((row) => row.time !== time || row.event !== event);
    if (time === undefined || event === undefined || odd !== undefined) {
      throw new SlidestreamError({
        code: 'pipelines/conflicting-outcome',
        category: 'data',
        message: `slides of case ${name} do not agree on time and event`,
        where: { slide: (odd ?? (own[0] as LabelRow)).slide, line: (odd ?? (own[0] as LabelRow)).line },
        hint: 'Give every slide of a case the same time and event',
      });
    }
    const target = { time, event: event === 1, bin: binOf(time) };
    return { id: name, case: name, slides: own.map((row) => row.slide), label: String(target.bin), target };
  });
}
