/**
 * Compares what the quickstart's model looked at with where the positive tissue lies: the AUC of a tile's attention (mean over heads) against its
 * being at least half positive tissue, mean over the positive test slides.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@slidestream/core';
import { readLabelTable } from '@slidestream/labels';
import { auc } from '@slidestream/metrics';
import { heatmapSlide, openRunFolder } from '@slidestream/pipelines';
import { parseTruth, tumourShare } from '@slidestream/testing';

const folder = process.argv[2];
if (folder === undefined) throw new Error('which folder?');
const run = join(folder, 'run');
const { rows } = await readLabelTable(join(folder, 'labels.csv'));
const positive = rows.filter(({ split, label }) => split === 'test' && label === 'tumor');
const context = { logger: silentLogger, onProgress: () => undefined, signal: new AbortController().signal };
const values: number[] = [];
for (const { slide } of positive) {
  const out = join(folder, 'heatmaps');
  await heatmapSlide({ run, slide: join(folder, 'slides', `${slide}.svs`), out, extremes: 4 }, context);
  const truth = parseTruth(await readFile(join(folder, 'truth', `${slide}.json`), 'utf8'));
  const [, ...lines] = (await readFile(join(out, `${slide}_tiles.csv`), 'utf8')).trim().split('\n');
  const tiles = lines.map((line) => line.split(',').map(Number) as [number, number, number, number]);
  const isPositive = tiles.map(([x, y, size]) => (tumourShare(truth, x, y, size) >= 0.5 ? 1 : 0));
  const value = auc(
    isPositive,
    tiles.map(([, , , attention]) => attention),
  );
  if (Number.isFinite(value)) values.push(value);
  console.log(
    `attention on ${slide}: AUC ${value.toFixed(3)} (${isPositive.filter((one) => one === 1).length} of ${tiles.length} tiles positive)`,
  );
}
const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
const summary = await (await openRunFolder(run)).summary();
console.log(
  `test AUC ${summary?.mean.auc?.value.toFixed(3)}; attention against positive tissue: AUC ${mean.toFixed(3)}, mean of ${values.length} slides`,
);
