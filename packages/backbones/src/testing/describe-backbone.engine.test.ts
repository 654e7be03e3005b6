import { startEngine } from '@slidestream/engine-node';
import { describe, it } from 'vitest';
import { efficientNetLite0, r18, vitSpec } from '../index.js';
import { describeBackbone } from './describe-backbone.js';

await startEngine();

const small = { depth: 2, embedDim: 24, heads: 2, patchSizePx: 8, imageSizePx: 32 };
describeBackbone({ describe, it }, r18, { sizePx: 64 });
describeBackbone({ describe, it }, efficientNetLite0, { sizePx: 64 });
describeBackbone({ describe, it }, vitSpec({ ...small, name: 'vit-tiny', summary: 'a small ViT', paper: 'none' }));
