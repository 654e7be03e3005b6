/**
 * Discrete-time survival: targets, loss, risk, metrics.
 *
 * @packageDocumentation
 */
export type { NllSurvivalOptions } from './nll-survival.js';
export { nllSurvival } from './nll-survival.js';
export type { SurvivalOptions, SurvivalPrediction, SurvivalTarget } from './survival.js';
export { survival } from './survival.js';
export { hazardsOf, riskOf, survivalOf } from './survival-curve.js';
