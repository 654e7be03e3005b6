import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@slidestream/core';
import { tileSlides } from '@slidestream/pipelines';
import { resolveParameters } from '@slidestream/tiling';
import type { Bench, Measurer } from './bench.js';
import { childMeasurer } from './child-measurer.js';

const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const slides = beside('../../../shared/data/cohort/slides');
let coords: string | undefined;

/** Coordinates that both sides are given: finding tissue is not what is compared. */
async function sharedCoords(): Promise<string> {
  if (coords !== undefined) return coords;
  coords = mkdtempSync(join(tmpdir(), 'slidestream-bench-'));
  const folder = coords;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await tileSlides(
    {
      slides: [slides],
      out: coords,
      scales: new Map([['high', { tileSizePx: 224, at: { kind: 'level', level: 0 } }]]),
      parameters: await resolveParameters({ preset: 'bwh_biopsy' }),
      pictures: false,
    },
    { logger: silentLogger, onProgress: () => undefined, signal: new AbortController().signal },
  );
  return coords;
}

async function measurer(command: string, args: readonly string[]): Promise<Measurer> {
  return childMeasurer(command, [...args, await sharedCoords(), slides]);
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
    if (!existsSync(slides)) throw new Error(`${slides} is absent`);
    return measurer(process.execPath, ['--conditions=@slidestream/source', '--import', 'tsx', beside('./slides-to-store-ours.ts')]);
  },
  peer: async () => {
    const python = process.env.SLIDESTREAM_PEERS_PYTHON;
    return python === undefined ? null : measurer(python, [beside('./slides_to_store.py')]);
  },
};
