/**
 * The conformance suite of MIL heads, for the tests of whoever writes one.
 *
 * @packageDocumentation
 */

export type { DescribeHeadOptions } from './describe-head.js';
export { describeHead } from './describe-head.js';
