import { abmil } from './abmil.js';
import { abmilx } from './abmilx.js';
import { acmil } from './acmil.js';
import { clamMb } from './clam-mb.js';
import { clamSb } from './clam-sb.js';
import { dsmil } from './dsmil.js';
import { dtfd } from './dtfd.js';
import { gabmil } from './gabmil.js';
import { createHeadRegistry, type HeadRegistry } from './head-registry.js';
import { ilra } from './ilra.js';
import { max } from './max.js';
import { maxPool } from './max-pool.js';
import { mean } from './mean.js';
import { meanPool } from './mean-pool.js';
import { rrtmil } from './rrtmil.js';
import { transformerAlibi } from './transformer-alibi.js';
import { transmil } from './transmil.js';
import { vitmil } from './vitmil.js';
import { wikg } from './wikg.js';

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
  wikg,
  ilra,
  acmil,
  transformerAlibi,
  mean,
  max,
  meanPool,
  maxPool,
]);
