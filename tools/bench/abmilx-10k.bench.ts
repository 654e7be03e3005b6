import { modelBench } from './model.js';

export const bench = modelBench('abmilx-10k', 'abmilx', 'train');
