import { defineHead } from './define-head.js';
import { FeaturePool } from './feature-pool.js';
import type { HeadSpec } from './head.js';
import { optionsSchema } from './options-schema.js';
import { meanOverInstances, uniformAttention } from './pooled-instances.js';
import { ReferenceReader } from './reference-options.js';

/** Mean of the instances' features, then one linear layer. */
export const meanPool: HeadSpec = defineHead({
  name: 'mean-pool',
  aliases: ['meanP'],
  summary: 'Mean of the features, then a linear classifier',
  paper: 'Embedding-space pooling, see Ilse, Tomczak and Welling 2018, arXiv 1802.04712, sec. 2.2',
  tasks: ['classification', 'survival'],
  permutationInvariant: true,
  defaults: {},
  schema: optionsSchema<object>({}),
  fromReferenceOptions: (given) => {
    // Taken by the reference's constructor and used for nothing.
    new ReferenceReader('mean-pool', given, ['dropout', 'act', 'inner_dim']);
    return {};
  },
  build: ({ sizes, random }) => new FeaturePool(meanPool, { pool: meanOverInstances, attention: uniformAttention }, sizes, random),
});
