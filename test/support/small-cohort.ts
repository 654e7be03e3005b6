import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSyntheticCohort } from '@slidestream/testing';
import { expect } from 'vitest';
import { runCli } from './run-cli.js';

/** Where the parts of a small cohort lie. */
export interface SmallCohort {
  /** Folder of `SYN-000.svs` … `SYN-004.svs`. */
  readonly slides: string;
  readonly labels: string;
  /** What `tile` made: 128-pixel tiles at 0.5 µm/px. */
  readonly tiles: string;
  readonly store: string;
  /** A YAML that trains r18 and abmil on the store in seconds. */
  readonly config: string;
}

/** How the slides of a small cohort are tiled, on the command line. */
export const smallTiling: readonly string[] = ['--mpp', '0.5', '--patch-size', '128', '--a-t', '0', '--no-pictures'];

/** Five small slides, their tiles in a store, and a configuration that learns on them for `epochs`. */
export async function makeSmallCohort(folder: string, { epochs }: { readonly epochs: number }): Promise<SmallCohort> {
  await writeSyntheticCohort(folder, {
    seed: 5,
    slides: { train: 3, val: 1, test: 1 },
    widthPx: 1024,
    heightPx: 768,
    downsamples: [4],
  });
  const [slides, labels, tiles, store, config] = ['slides', 'labels.csv', 'tiles', 'tiles.lmdb', 'run.yaml'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string, string];
  for (const args of [
    ['tile', slides, '--out', tiles, ...smallTiling],
    ['pack', '--coords', tiles, '--slides', slides, '--store', store],
  ]) {
    const { code, stderr } = await runCli(args);
    expect(code, stderr).toBe(0);
  }
  writeFileSync(
    config,
    [
      'task: classification',
      'seed: 3',
      'data: { labels: labels.csv, columns: { split: fold }, stores: tiles.lmdb }',
      'tiling: { scales: [{ name: high, mpp: 0.5, tileSizePx: 128 }], parameters: { a_t: 0 } }',
      'encoder: { name: r18, inputSizePx: 32 }',
      'head: { name: abmil, innerDim: 32 }',
      'sampling: { count: 6 }',
      'augment: { flipX: 0.5, quarterTurns: true }',
      `training: { epochs: ${epochs}, ema: { decay: 0.9 }, checkpointEverySteps: 1 }`,
      'evaluation: { bootstrap: 50 }',
      '',
    ].join('\n'),
  );
  return { slides, labels, tiles, store, config };
}
