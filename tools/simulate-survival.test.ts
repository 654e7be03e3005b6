import { describe, expect, it } from 'vitest';
import { parseLabelTable } from '../packages/labels/src/index.js';
import { cIndex } from '../packages/metrics/src/index.js';
import { type SurvivalSimulation, simulateSurvival, tumourShares } from './simulate-survival.js';

const settings: SurvivalSimulation = { seed: 1, effect: 8, medianMonths: 60, shape: 2, followUpMonths: 72 };
const slides = Array.from({ length: 400 }, (_, i) => `S${i}`);
const table = parseLabelTable(`case,slide,label,fold\n${slides.map((slide) => `${slide},${slide},x,train`).join('\n')}\n`);

describe('simulateSurvival', () => {
  it('takes tumour shares from the instances', () => {
    const shares = tumourShares('slide,x,y,class\na,0,0,TUMOR\na,1,0,STROMA\nb,0,0,STROMA\n', 'i.csv', 'TUMOR');
    expect([...shares]).toEqual([
      ['a', 0.5],
      ['b', 0],
    ]);
  });

  it('gives slides without tumour the baseline’s median', () => {
    const none = new Map(slides.map((slide) => [slide, 0]));
    const cases = simulateSurvival(table, none, { ...settings, followUpMonths: 1e6 });
    const times = cases.map((one) => one.time).sort((a, b) => a - b);
    expect(cases.every((one) => one.event === 1)).toBe(true);
    expect(Math.abs((times[200] as number) - 60)).toBeLessThan(6);
  });

  it('shortens life with the tumour share, as its hazard ratio says', () => {
    const shares = new Map(slides.map((slide, i) => [slide, i / 400]));
    const cases = simulateSurvival(table, shares, settings);
    const order = cIndex(
      cases.map((one) => one.time),
      cases.map((one) => one.event),
      cases.map((one) => one.share),
    );
    // Under proportional hazards the higher risk goes first with chance 1 / (1 + exp(−effect · difference of shares)).
    let expected = 0;
    for (let d = 0.0005; d < 1; d += 0.001) expected += (2 * (1 - d) * 0.001) / (1 + Math.exp(-settings.effect * d));
    expect(Math.abs(order - expected)).toBeLessThan(0.03);
    const events = cases.filter((one) => one.event === 1).length;
    expect(events).toBeGreaterThan(200);
    expect(events).toBeLessThan(400);
    expect(simulateSurvival(table, shares, settings)).toEqual(cases);
    expect(simulateSurvival(table, shares, { ...settings, seed: 2 })).not.toEqual(cases);
  });
});
