/** The two functions of a test runner that the conformance suites need; those of vitest, node:test and jest fit. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => void | Promise<void>) => unknown;
}
