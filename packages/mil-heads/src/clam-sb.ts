import { Clam } from './clam.js';
import { type ClamOptions, clamDefaults, clamFromReference, clamSchema } from './clam-options.js';
import { defineHead } from './define-head.js';
import type { HeadSpec } from './head.js';

/**
 * CLAM-SB: one attention branch, and clustering of its most and least attended instances as auxiliary loss in training.
 *
 * @see Lu et al. 2021, Data-efficient and weakly supervised computational pathology on whole-slide images
 */
export const clamSb: HeadSpec<ClamOptions> = defineHead({
  name: 'clam-sb',
  aliases: ['clam_sb'],
  summary: 'Gated attention with one attention branch and instance clustering',
  paper: 'Lu et al. 2021, Data-efficient and weakly supervised computational pathology on whole-slide images, arXiv 2004.09666',
  tasks: ['classification'],
  lossWeights: { main: 0.7, auxiliary: 0.3 },
  permutationInvariant: true,
  defaults: clamDefaults,
  schema: clamSchema,
  fromReferenceOptions: (given) => clamFromReference('clam-sb', given),
  build: ({ sizes, options, random }) => new Clam({ spec: clamSb, branches: 'one' }, sizes, { ...clamDefaults, ...options }, random),
});
