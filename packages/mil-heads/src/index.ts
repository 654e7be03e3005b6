/**
 * Multiple-instance-learning heads as specs, one paper per file.
 *
 * @packageDocumentation
 */

export type { AbmilOptions } from './abmil.js';
export { abmil } from './abmil.js';
export { abmilx } from './abmilx.js';
export type { AbmilxOptions } from './abmilx-options.js';
export type { AcmilOptions } from './acmil.js';
export { acmil } from './acmil.js';
export type { NormName } from './bag-norm.js';
export type { BatchOfBags } from './batch-of-bags.js';
export { batchOfBags } from './batch-of-bags.js';
export type { AttentionInput, LogitBias } from './chunked-attention.js';
export { chunkedAttention } from './chunked-attention.js';
export { clamMb } from './clam-mb.js';
export type { ClamOptions } from './clam-options.js';
export { clamSb } from './clam-sb.js';
export { defineHead, tidyOutput } from './define-head.js';
export type { DsmilOptions } from './dsmil.js';
export { dsmil } from './dsmil.js';
export type { DtfdOptions, DtfdTiers } from './dtfd.js';
export { dtfd, dtfdTiers } from './dtfd.js';
export type { GabmilOptions } from './gabmil.js';
export { gabmil } from './gabmil.js';
export type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead, OptionsSchema, ReferenceOptions } from './head.js';
export type { HeadChoice, HeadRegistry } from './head-registry.js';
export { createHeadRegistry } from './head-registry.js';
export { heads } from './heads.js';
export type { IlraOptions } from './ilra.js';
export { ilra } from './ilra.js';
export type { InstanceVoteOptions } from './instance-vote.js';
export { max } from './max.js';
export { maxPool } from './max-pool.js';
export { mean } from './mean.js';
export { meanPool } from './mean-pool.js';
export type { OptionSchema } from './options-schema.js';
export { optionsSchema } from './options-schema.js';
export { pseudoInverse } from './pseudo-inverse.js';
export { rrtmil } from './rrtmil.js';
export type { RrtmilOptions } from './rrtmil-options.js';
export { smoothTop1Svm } from './smooth-top1-svm.js';
export type { TransformerAlibiOptions } from './transformer-alibi.js';
export { transformerAlibi } from './transformer-alibi.js';
export { transmil, transmilFirstAttention } from './transmil.js';
export type { TransmilOptions } from './transmil-options.js';
export { vitmil } from './vitmil.js';
export type { VitmilOptions } from './vitmil-options.js';
export type { WikgOptions } from './wikg.js';
export { wikg } from './wikg.js';
