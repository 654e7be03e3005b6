import { abmil } from './abmil.js';
import { abmilx } from './abmilx.js';
import { createHeadRegistry, type HeadRegistry } from './head-registry.js';

/** Every head of this package. */
export const heads: HeadRegistry = createHeadRegistry([abmil, abmilx]);
