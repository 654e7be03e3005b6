import type { HeadSpec } from '@slidestream/mil-heads';
import { topAttention } from './top-attention.js';

/** What Slidestream takes from this package when a configuration names it under `plugins`. */
export const heads: readonly HeadSpec[] = [topAttention];
