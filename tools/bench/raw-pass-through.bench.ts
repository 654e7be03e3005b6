import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.js';
import { childMeasurer } from './child-measurer.js';
import { cohortSlides, tiledCohort } from './tiled-cohort.js';

/**
 * JPEG tiles of the files into a store as they are, tiles a second of one process alone: grids aligned to the file, nothing decoded. No peer
 * does that; the target is 1,500 tiles a second and core.
 */
export const bench: Bench = {
  name: 'raw-pass-through',
  unit: 'tiles',
  ours: async () => {
    if (!existsSync(cohortSlides)) throw new Error(`${cohortSlides} is absent`);
    const coords = await tiledCohort({ tileSizePx: 256, at: { kind: 'level', level: 0 }, align: 'file' });
    const program = fileURLToPath(new URL('./slides-to-store-ours.ts', import.meta.url));
    return childMeasurer(process.execPath, ['--conditions=@slidestream/source', '--import', 'tsx', program, coords, cohortSlides, '1']);
  },
  peer: null,
};
