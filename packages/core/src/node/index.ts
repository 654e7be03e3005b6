/**
 * Files that are complete or absent.
 *
 * @packageDocumentation
 */
export { syncPath, writeAtomically, writeFileAtomic } from './atomic-file.js';
export { ioError } from './io-error.js';
