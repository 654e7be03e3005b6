import { startEngine } from '@slidestream/engine-node';
import { describe, it } from 'vitest';
import { heads } from '../index.js';
import { describeHead } from './describe-head.js';

await startEngine();

/** Small widths; heads whose options lack one of these take their default. */
const small: Readonly<Record<string, unknown>> = { innerDim: 16, heads: 4 };

for (const name of heads.names) {
  const spec = heads.get(name);
  const options = Object.fromEntries(Object.entries(small).filter(([option]) => Object.hasOwn(spec.defaults, option)));
  describeHead({ describe, it }, spec, { options });
}
/** The same heads with other options; their size is tested above. */
const others: readonly { readonly name: string; readonly classes?: number; readonly options: object }[] = [
  {
    name: 'abmilx',
    options: { innerDim: 16, heads: 4, joint: true, feedForward: true, scores: 'gated', norm: 'layer', bias: true, scoreBias: true },
  },
  { name: 'abmil', options: { embed: false } },
  { name: 'vitmil', options: { innerDim: 16, heads: 4, layers: 2, positions: 'ppeg', feedForward: true, attentionDropout: 0.1 } },
  { name: 'vitmil', options: { innerDim: 16, heads: 4, attention: 'cross' } },
  { name: 'clam-mb', classes: 3, options: { innerDim: 16, gated: false, subtyping: true, dropout: 0.25 } },
  {
    name: 'rrtmil',
    options: { innerDim: 16, heads: 4, crossHeads: 2, regions: 2, layers: 3, shortcut: true, feedForward: true, poolingGated: true },
  },
  { name: 'gabmil', options: { innerDim: 16, norm: 'layer', dropout: 0.25 } },
  { name: 'dsmil', options: { innerDim: 16, norm: 'layer' } },
  { name: 'wikg', options: { innerDim: 16, aggregation: 'sage', pooling: 'mean', neighbours: 3 } },
  { name: 'wikg', options: { innerDim: 16, aggregation: 'gcn', pooling: 'max', compat: 'reference' } },
  { name: 'ilra', classes: 3, options: { innerDim: 16, heads: 2, rank: 4, seeds: 3, layerNorm: true } },
  { name: 'acmil', classes: 3, options: { innerDim: 16, branches: 1 } },
  { name: 'acmil', options: { innerDim: 16, dropout: 0.25, topInstances: 0 } },
  { name: 'transformer-alibi', options: { innerDim: 16, heads: 4, layers: 3, slopes: 'learned' } },
  { name: 'transformer-alibi', options: { innerDim: 16, heads: 4, slopes: 'learned', attentionDropout: 0.2 } },
];
for (const { name, ...given } of others) describeHead({ describe, it }, heads.get(name), { ...given, largeBag: 0 });
