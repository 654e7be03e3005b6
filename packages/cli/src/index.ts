/**
 * slidestream: the command line.
 *
 * @packageDocumentation
 */
export {};
