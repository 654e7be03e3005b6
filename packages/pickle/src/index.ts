/**
 * The restricted pickle machine: reader and writer.
 *
 * @packageDocumentation
 */

export { bytesAllowList, defaultAllowList, numpyAllowList } from './default-allowlist.js';
export type { PickleLimits } from './machine-state.js';
export { NumpyArray, NumpyDType, readElement } from './numpy-array.js';
export { PickleRefusal } from './pickle-error.js';
export type { AllowedGlobal, AllowList, ByteBudget, GlobalName, PickleObject, PickleValue } from './pickle-value.js';
export { isDict, isSequence, mergeAllowLists, PickleGlobal } from './pickle-value.js';
export { unpickleJpeg } from './pickled-bytes.js';
export type { UnpickleOptions } from './unpickle.js';
export { unpickle, unpickleAt } from './unpickle.js';
export type { PickleInput } from './writer.js';
export { PICKLED_BYTES_OVERHEAD, pickleBytes, pickleValue } from './writer.js';
