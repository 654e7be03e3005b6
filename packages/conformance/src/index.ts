/**
 * Runs golden vectors against the packages: slidestream conform.
 *
 * @packageDocumentation
 */
export { findCases } from './case-files.js';
export type { Tolerance } from './comparison.js';
export { Comparison } from './comparison.js';
export type { ConformOptions, ConformReport } from './conform.js';
export { conform } from './conform.js';
export type { CaseFile, CaseKind, CaseResult, CaseRunner, CaseTable } from './conformance-case.js';
export { caseKinds, resultOfError, UnknownCase } from './conformance-case.js';
export { globMatcher } from './glob.js';
export { readJson } from './read-json.js';
