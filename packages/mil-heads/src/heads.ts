import { abmil } from './abmil.js';
import { abmilx } from './abmilx.js';
import { clamMb } from './clam-mb.js';
import { clamSb } from './clam-sb.js';
import { dsmil } from './dsmil.js';
import { dtfd } from './dtfd.js';
import { gabmil } from './gabmil.js';
import { createHeadRegistry, type HeadRegistry } from './head-registry.js';
import { max } from './max.js';
import { maxPool } from './max-pool.js';
import { mean } from './mean.js';
import { meanPool } from './mean-pool.js';
import { rrtmil } from './rrtmil.js';
import { transmil } from './transmil.js';
import { vitmil } from './vitmil.js';

/** Every head of this package. */
export const heads: HeadRegistry = createHeadRegistry([
  abmil,
  abmilx,
  gabmil,
  clamSb,
  clamMb,
  dsmil,
  dtfd,
  transmil,
  vitmil,
  rrtmil,
  mean,
  max,
  meanPool,
  maxPool,
]);
