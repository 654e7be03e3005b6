/**
 * The conformance suite of encoders, for the tests of whoever writes one.
 *
 * @packageDocumentation
 */

export type { DescribeBackboneOptions } from './describe-backbone.js';
export { describeBackbone } from './describe-backbone.js';
