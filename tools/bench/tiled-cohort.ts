import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@slidestream/core';
import { tileSlides } from '@slidestream/pipelines';
import { resolveParameters, type TileScale } from '@slidestream/tiling';

/** The 40 slides that benches pack. */
export const cohortSlides = fileURLToPath(new URL('../../../shared/data/cohort/slides', import.meta.url));

const folders = new Map<string, Promise<string>>();

/** A folder with the coordinates of the cohort's tiles at a scale, made once and gone with the process. */
export function tiledCohort(scale: TileScale): Promise<string> {
  const key = JSON.stringify(scale);
  const folder = folders.get(key) ?? tile(scale);
  folders.set(key, folder);
  return folder;
}

async function tile(scale: TileScale): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'slidestream-bench-'));
  process.once('exit', () => rmSync(out, { recursive: true, force: true }));
  const parameters = await resolveParameters({ preset: 'bwh_biopsy' });
  await tileSlides(
    { slides: [cohortSlides], out, scales: new Map([['high', scale]]), parameters, pictures: false },
    { logger: silentLogger, onProgress: () => undefined, signal: new AbortController().signal },
  );
  return out;
}
