/**
 * Synthetic slides, conformance suites, golden loaders (private).
 *
 * @packageDocumentation
 */
export {};
