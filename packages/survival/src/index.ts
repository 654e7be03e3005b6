/**
 * Discrete-time survival task: targets, loss, risk, metric set.
 *
 * @packageDocumentation
 */
export {};
