/**
 * The only importer of the native tensor engine; registers native kernels.
 *
 * @packageDocumentation
 */
export {};
