/**
 * The restricted pickle machine: reader and writer.
 *
 * @packageDocumentation
 */
export {};
