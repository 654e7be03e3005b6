import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { startEngine } from '@slidestream/engine-node';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { nllSurvival } from './nll-survival.js';
import { survival } from './survival.js';
import { hazardsOf, riskOf, survivalOf } from './survival-curve.js';

beforeAll(async () => {
  await startEngine();
});

const file = resolve(import.meta.dirname, '../../../../shared/vectors/numbers/losses.json');
const golden = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;

describe.skipIf(golden === undefined)('survival of the reference (skipped without ../shared)', () => {
  it('loss, gradient, hazards, survival and risk', () => {
    for (const [n, { logits, Y, censorship, alpha, loss, grad, hazards, S, risk }] of golden.nll_surv.entries()) {
      const extreme = logits.flat().some((value: number) => Math.abs(value) > 10);
      const { value, grad: slope } = tf.valueAndGrad((z) => nllSurvival(z as tf.Tensor2D, Y, censorship, { alpha }))(tf.tensor2d(logits));
      const got = value.dataSync()[0] as number;
      expect(Math.abs(got - loss), `case ${n}`).toBeLessThanOrEqual(extreme ? 1e-3 * Math.abs(loss) : 1e-5);
      const slopes = slope.dataSync();
      grad.flat().forEach((expected: number, i: number) => {
        expect(Math.abs((slopes[i] as number) - expected), `case ${n} gradient ${i}`).toBeLessThanOrEqual(extreme ? 2e-3 : 2e-5);
      });
      logits.forEach((row: number[], i: number) => {
        const h = hazardsOf(row);
        const curve = survivalOf(h);
        h.forEach((actual, k) => {
          expect(actual).toBeCloseTo(hazards[i][k], 5);
        });
        curve.forEach((actual, k) => {
          expect(actual).toBeCloseTo(S[i][k], 5);
        });
        expect(riskOf(curve)).toBeCloseTo(risk[i], 5);
      });
    }
  });
});

describe('survival', () => {
  it('ranks by risk', () => {
    const task = survival({ bins: 4 });
    const case_ = (id: string, time: number, event: boolean, logit: number) => ({
      id,
      target: { time, event, bin: 0 },
      logits: new Float32Array(4).fill(logit),
    });
    expect(task.metrics([case_('a', 1, true, 2), case_('b', 5, false, -1), case_('c', 3, true, 0)])).toEqual({ cIndex: 1 });
  });

  it('refuses a bin that is not there', () => {
    expect(() => survival({ bins: 4 }).loss(tf.zeros([1, 4]), [{ bin: 4, time: 1, event: true }])).toThrow('time bin 4 is none of 0 to 3');
  });
});
