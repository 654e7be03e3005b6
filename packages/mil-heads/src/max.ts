import { defineHead } from './define-head.js';
import type { HeadSpec } from './head.js';
import {
  InstanceVote,
  type InstanceVoteOptions,
  instanceVoteDefaults,
  instanceVoteFromReference,
  instanceVoteSchema,
} from './instance-vote.js';
import { maxAttention, maxOverInstances } from './pooled-instances.js';

/** Max over instances of the logits of a two-layer classifier. */
export const max: HeadSpec<InstanceVoteOptions> = defineHead({
  name: 'max',
  aliases: ['maxmil'],
  summary: 'Every instance is classified; the bag has the max of their logits',
  paper: 'Instance-space pooling, see Ilse, Tomczak and Welling 2018, arXiv 1802.04712, sec. 2.2',
  tasks: ['classification', 'survival'],
  permutationInvariant: true,
  defaults: instanceVoteDefaults,
  schema: instanceVoteSchema,
  fromReferenceOptions: (given) => instanceVoteFromReference('max', given),
  build: ({ sizes, options, random }) =>
    new InstanceVote(max, { pool: maxOverInstances, attention: maxAttention }, sizes, { ...instanceVoteDefaults, ...options }, random),
});
