/**
 * The only importer of the native tensor engine; registers native kernels.
 *
 * @packageDocumentation
 */
export type { Device, EngineInfo, EngineOptions } from './engine-options.js';
export { startEngine } from './start-engine.js';
