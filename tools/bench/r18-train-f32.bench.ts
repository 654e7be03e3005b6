import { modelBench } from './model.js';

export const bench = modelBench('r18-train-f32', 'r18', 'train');
