/**
 * Runs golden vectors against the packages: slidestream conform.
 *
 * @packageDocumentation
 */
export {};
