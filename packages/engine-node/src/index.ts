/**
 * The only importer of the native tensor engine; registers native kernels.
 *
 * @packageDocumentation
 */
export type { EngineInfo, EngineOptions } from './engine-options.js';
export { startEngine } from './start-engine.js';
