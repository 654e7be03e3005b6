import { modelBench } from './model.js';

export const bench = modelBench('vit-b-forward-f32', 'vit-b16', 'forward');
