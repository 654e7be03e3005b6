import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runCli } from './support/run-cli.js';
import { makeSmallCohort } from './support/small-cohort.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-positions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function done(...args: string[]): Promise<void> {
  const { code, stderr } = await runCli(args);
  expect(code, stderr).toBe(0);
}

it('heads that need the places of tiles get them from a store, from slides and from feature files', async () => {
  const { config, store, slides } = await makeSmallCohort(folder, { epochs: 1 });
  const at = (name: string): string => join(folder, name);
  const head = 'head={name: transformer-alibi, innerDim: 16, heads: 2}';

  await done('train', '-c', config, '--out', at('tiles-run'), '--set', head);
  await done('predict', at('tiles-run'), '--slides', join(slides, 'SYN-004.svs'), '--out', at('from-slides'));
  await done('predict', at('tiles-run'), '--store', store, '--out', at('from-store'));
  await done('heatmap', at('tiles-run'), '--slide', join(slides, 'SYN-004.svs'), '--out', at('map'));

  await done('embed', '--store', store, '--encoder', 'r18', '--input-size', '32', '--out', at('features'), '--format', 'h5');
  const features = ['mode=features', `data.features=${at('features')}`, head];
  await done('train', '-c', config, '--out', at('features-run'), '--set', ...features);
  for (const run of ['tiles-run', 'features-run']) {
    expect(JSON.parse(readFileSync(join(at(run), 'summary.json'), 'utf8')).folds).toHaveLength(1);
  }
  expect(existsSync(at('map'))).toBe(true);
});
