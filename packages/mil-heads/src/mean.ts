import { defineHead } from './define-head.js';
import type { HeadSpec } from './head.js';
import {
  InstanceVote,
  type InstanceVoteOptions,
  instanceVoteDefaults,
  instanceVoteFromReference,
  instanceVoteSchema,
} from './instance-vote.js';
import { meanOverInstances, uniformAttention } from './pooled-instances.js';

/** Mean over instances of the logits of a two-layer classifier. */
export const mean: HeadSpec<InstanceVoteOptions> = defineHead({
  name: 'mean',
  aliases: ['meanmil'],
  summary: 'Every instance is classified; the bag has the mean of their logits',
  paper: 'Instance-space pooling, see Ilse, Tomczak and Welling 2018, arXiv 1802.04712, sec. 2.2',
  tasks: ['classification', 'survival'],
  permutationInvariant: true,
  defaults: instanceVoteDefaults,
  schema: instanceVoteSchema,
  fromReferenceOptions: (given) => instanceVoteFromReference('mean', given),
  build: ({ sizes, options, random }) =>
    new InstanceVote(
      mean,
      { pool: meanOverInstances, attention: uniformAttention },
      sizes,
      { ...instanceVoteDefaults, ...options },
      random,
    ),
});
