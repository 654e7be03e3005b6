import { startEngine } from '@slidestream/engine-node';
import { heads } from '@slidestream/mil-heads';
import { describe, it } from 'vitest';
import { describeHead } from './index.js';

await startEngine();

/** Small widths; heads whose options lack one of these take their default. */
const small: Readonly<Record<string, unknown>> = { innerDim: 16, heads: 4 };

for (const name of heads.names) {
  const spec = heads.get(name);
  const options = Object.fromEntries(Object.entries(small).filter(([option]) => Object.hasOwn(spec.defaults, option)));
  describeHead({ describe, it }, spec, { options });
}
describeHead({ describe, it }, heads.get('abmilx'), {
  options: { innerDim: 16, heads: 4, joint: true, feedForward: true, scores: 'gated', norm: 'layer', bias: true, scoreBias: true },
});
describeHead({ describe, it }, heads.get('abmil'), { options: { embed: false } });
describeHead({ describe, it }, heads.get('vitmil'), {
  options: { innerDim: 16, heads: 4, layers: 2, positions: 'ppeg', feedForward: true, attentionDropout: 0.1 },
});
describeHead({ describe, it }, heads.get('vitmil'), { options: { innerDim: 16, heads: 4, attention: 'cross' } });
describeHead({ describe, it }, heads.get('clam-mb'), {
  classes: 3,
  options: { innerDim: 16, gated: false, subtyping: true, dropout: 0.25 },
});
describeHead({ describe, it }, heads.get('rrtmil'), {
  options: { innerDim: 16, heads: 4, crossHeads: 2, regions: 2, layers: 3, shortcut: true, feedForward: true, poolingGated: true },
});
describeHead({ describe, it }, heads.get('gabmil'), { options: { innerDim: 16, norm: 'layer', dropout: 0.25 } });
describeHead({ describe, it }, heads.get('dsmil'), { options: { innerDim: 16, norm: 'layer' } });
