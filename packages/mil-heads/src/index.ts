/**
 * Multiple-instance-learning heads as specs, one paper per file.
 *
 * @packageDocumentation
 */
export type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead, OptionsSchema } from './head.js';
