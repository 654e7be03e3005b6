/**
 * Which instances of which scale a step sees; deterministic from a seed.
 *
 * @packageDocumentation
 */
export {};
