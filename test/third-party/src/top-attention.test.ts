import { startEngine } from '@slidestream/engine-node';
import { describeHead } from '@slidestream/mil-heads/testing';
import { describe, it } from 'vitest';
import { topAttention } from './top-attention.js';

await startEngine();

describeHead({ describe, it }, topAttention, { options: { innerDim: 16 } });
