/**
 * What conformance suites of heads and encoders share: a test runner's shape, assertions without a dependency, and the checks that
 * every module must pass.
 *
 * @packageDocumentation
 */

export { expectClose, expectFinite, expectSame, expectThat, UnmetExpectation } from './expectations.js';
export type { ModuleUnderTest } from './module-checks.js';
export { checkDirectionalDerivative, checkSaveAndLoad, drawn } from './module-checks.js';
export type { TestRunner } from './test-runner.js';
