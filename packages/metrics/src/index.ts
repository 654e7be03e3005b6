/**
 * Pure metric functions over typed arrays.
 *
 * @packageDocumentation
 */
export {};
