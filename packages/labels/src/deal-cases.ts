import { randomStream } from '@slidestream/core';
import { groupByCase } from './group-by-case.js';
import { labelError } from './label-error.js';
import type { LabelRow, LabelTable } from './label-table.js';

/** Cases of each stratum with their number of slides, both in an order that does not depend on that of the rows. */
export type Strata = ReadonlyMap<string, readonly { readonly name: string; readonly slides: number }[]>;

/** Groups cases by what should be alike in every part: the labels of their slides; in survival whether the event was observed. */
export function caseStrata(rows: readonly LabelRow[], task: LabelTable['task']): Strata {
  const strata = new Map<string, { name: string; slides: number }[]>();
  const cases = [...groupByCase(rows)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, own] of cases) {
    const labels = own.map((row) => (task === 'survival' ? (row.event === 1 ? 'event' : 'censored') : row.label));
    const stratum = [...new Set(labels)].sort().join(' + ');
    const group = strata.get(stratum) ?? [];
    group.push({ name, slides: own.length });
    strata.set(stratum, group);
  }
  return new Map([...strata].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Deals the cases of every stratum to `count` folds: in random order, larger cases first, each to the fold that has fewest slides of
 * its stratum, then fewest slides at all.
 *
 * @returns the fold of each case
 */
export function dealCases(strata: Strata, count: number, seed: number): Map<string, number> {
  const foldOf = new Map<string, number>();
  const total = new Float64Array(count);
  for (const [stratum, cases] of strata) {
    const order = randomStream(seed, 'folds', stratum).permutation(cases.length);
    const queue = Array.from(order, (i) => cases[i] as (typeof cases)[number]).sort((a, b) => b.slides - a.slides);
    const here = new Float64Array(count);
    for (const { name, slides } of queue) {
      let best = 0;
      for (let fold = 1; fold < count; fold++) {
        const lead = (here[fold] as number) - (here[best] as number) || (total[fold] as number) - (total[best] as number);
        if (lead < 0) best = fold;
      }
      foldOf.set(name, best);
      here[best] = (here[best] as number) + slides;
      total[best] = (total[best] as number) + slides;
    }
  }
  return foldOf;
}

/** Draws `share` of the cases of every stratum, at least one where a stratum has two or more. */
export function drawCases(strata: Strata, share: number, ...path: readonly (string | number)[]): Set<string> {
  const drawn = new Set<string>();
  for (const [stratum, cases] of strata) {
    const order = randomStream(...path, stratum).permutation(cases.length);
    const take = cases.length < 2 ? 0 : Math.min(cases.length - 1, Math.max(1, Math.round(cases.length * share)));
    for (let i = 0; i < take; i++) drawn.add((cases[order[i] as number] as (typeof cases)[number]).name);
  }
  return drawn;
}

/**
 * Refuses strata that cannot be dealt.
 *
 * @throws SlidestreamError `labels/too-few-cases`
 */
export function checkStrata(strata: Strata, count: number, sparse: 'refuse' | 'allow', file: string): void {
  const all = [...strata.values()].reduce((sum, cases) => sum + cases.length, 0);
  if (all < count) throw labelError('too-few-cases', `${all} cases cannot be dealt to ${count} folds`, { file });
  for (const [stratum, { length }] of strata) {
    if (length >= count || sparse === 'allow') continue;
    const message = `"${stratum}" has ${length} cases, too few for each of ${count} folds to hold one`;
    throw labelError('too-few-cases', message, { file }, 'Use fewer folds, or accept it with sparse: allow');
  }
}
