/**
 * Files that are complete or absent, and processes that others ask after.
 *
 * @packageDocumentation
 */
export { removeUnfinished, syncPath, writeAtomically, writeFileAtomic } from './atomic-file.js';
export { createExclusive } from './exclusive-file.js';
export { ioError } from './io-error.js';
export { hasEnded, ownIdentity, type ProcessIdentity } from './process-identity.js';
