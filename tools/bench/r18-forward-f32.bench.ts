import { modelBench } from './model.js';

export const bench = modelBench('r18-forward-f32', 'r18', 'forward');
