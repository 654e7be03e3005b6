import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bench, Measurer } from './bench.js';
import { childMeasurer } from './child-measurer.js';
import { cohortSlides, tiledCohort } from './tiled-cohort.js';

const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

async function measurer(command: string, args: readonly string[]): Promise<Measurer> {
  // Coordinates that both sides are given: finding tissue is not what is compared.
  const coords = await tiledCohort({ tileSizePx: 224, at: { kind: 'level', level: 0 } });
  return childMeasurer(command, [...args, coords, cohortSlides]);
}

/**
 * Slides and coordinates to a tile store, tiles a second: ours against the reference's way (SPEC §7.2) written anew in Python with
 * OpenSlide, Pillow and python-lmdb. The same work on both sides: 40 small slides, coordinates given (no tissue is looked for and no
 * picture drawn), 224-pixel regions of level 0 as JPEGs of quality 80, pickled, one durable commit after every slide. Both have two
 * processes that read and compress, there before the clock starts, and one that writes. Ours keeps checksums and places besides.
 */
export const bench: Bench = {
  name: 'slides-to-store',
  unit: 'tiles',
  ours: async () => {
    if (!existsSync(cohortSlides)) throw new Error(`${cohortSlides} is absent`);
    return measurer(process.execPath, ['--conditions=@slidestream/source', '--import', 'tsx', beside('./slides-to-store-ours.ts')]);
  },
  peer: async () => {
    const python = process.env.SLIDESTREAM_PEERS_PYTHON;
    return python === undefined ? null : measurer(python, [beside('./slides_to_store.py')]);
  },
};
