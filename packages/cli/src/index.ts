/**
 * `slidestream`: the command line. Programs use `@slidestream/pipelines` instead; this entry is for those that embed the command line.
 *
 * @packageDocumentation
 */
export { exitCodes } from './exit-codes.js';
export { main } from './main.js';
