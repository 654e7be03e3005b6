/**
 * Image encoders as specs.
 *
 * @packageDocumentation
 */
export type { Encoder, EncoderSpec, TileNormalisation } from './encoder.js';
