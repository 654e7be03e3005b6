import { r18Bench } from './r18.js';

export const bench = r18Bench('r18-forward-f32', 'forward');
