/**
 * Classification task: targets, losses, decision rules, metric set.
 *
 * @packageDocumentation
 */
export {};
