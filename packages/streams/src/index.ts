/**
 * RxJS operators that respect back-pressure.
 *
 * @packageDocumentation
 */
export {};
