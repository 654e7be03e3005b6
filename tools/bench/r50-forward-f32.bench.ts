import { modelBench } from './model.js';

export const bench = modelBench('r50-forward-f32', 'r50', 'forward');
