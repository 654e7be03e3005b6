/** Makes the quickstart's slides in the folder given, unless they are there: `slides/`, `truth/`, `labels.csv`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeSyntheticCohort } from '@slidestream/testing';

const folder = process.argv[2];
if (folder === undefined) throw new Error('which folder?');
// The table is written last, so with it all slides are there.
if (!existsSync(join(folder, 'labels.csv'))) {
  const tell = (done: number, total: number): void => {
    if (done % 8 === 0 || done === total) console.error(`making slides ${done}/${total}`);
  };
  await writeSyntheticCohort(folder, { seed: 1, slides: { train: 20, val: 4, test: 8 }, onSlide: tell });
}
