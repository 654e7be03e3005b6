import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type CoordsSystem, convertCoords, convertFeatures, type FeatureSystem, readFeatures, readNpz, readTileCoords } from './index.js';
import { coordsOf, dumpHdf5, featuresOf } from './testing/foreign-files.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-interchange-'));
afterAll(() => rmSync(work, { recursive: true }));

/** All that a file says; the bytes where nothing but the container's own order could differ. */
async function contentOf(path: string): Promise<unknown> {
  if (path.endsWith('.h5')) return dumpHdf5(path);
  return path.endsWith('.npz') ? readNpz(path) : readFileSync(path);
}

async function expectSameFiles(files: readonly string[], root: string, copy: string): Promise<void> {
  for (const file of files) {
    const name = relative(root, file);
    expect(await contentOf(join(copy, name)), name).toEqual(await contentOf(file));
  }
}

const facts = { slideMpp: 0.25, magnification: 40, width: 4096, height: 3072, sizeLevel0Px: 512, sizePx: 256 };
const factsOf = () => facts;
const coordSystems = Object.keys(coordsOf) as (keyof typeof coordsOf)[];
const featureSystems = Object.keys(featuresOf) as (keyof typeof featuresOf)[];

describe('tile coordinates', () => {
  test.each(coordSystems)('%s, to ours and back', async (system) => {
    const root = join(work, 'coords', system);
    const files = await coordsOf[system](root);
    await convertCoords({ from: root, fromSystem: system, to: `${root}-ours`, toSystem: 'slidestream' });
    const report = await convertCoords({ from: `${root}-ours`, fromSystem: 'slidestream', to: `${root}-back`, toSystem: system });
    expect(report.failures).toEqual([]);
    await expectSameFiles(files, root, `${root}-back`);
  });

  const pairs = coordSystems.flatMap((from) => coordSystems.filter((to) => to !== from).map((to) => [from, to] as const));
  test.each(pairs)('%s → %s: the same tiles of the slide', async (from, to) => {
    const root = join(work, 'pairs', `${from}-${to}`);
    await coordsOf[from](root);
    const target = `${root}-to`;
    const report = await convertCoords({ from: root, fromSystem: from, to: target, toSystem: to, factsOf });
    expect(report).toMatchObject({ failures: [], slides: [{ slide: 'case.1', tiles: 7 }] });
    const file = report.slides[0]?.files[0] ?? '';
    const [a, b] = await Promise.all([readTileCoords(join(root, sourceOf(from)), from, { facts }), readTileCoords(file, to, { facts })]);
    expect(b.coords).toEqual(a.coords);
    expect(b.slide).toBe('case.1');
    expect(b.facts.sizeLevel0Px).toBe(512);
  });

  function sourceOf(system: CoordsSystem): string {
    if (system === 'trident') return '20x_256px_0px_overlap/patches/case.1_patches.h5';
    return system === 'hs2p' ? 'tiles/case.1.coordinates.npz' : 'patches/case.1.h5';
  }

  test('patch_size means what its system means by it', async () => {
    const root = join(work, 'sizes');
    const size = async (system: CoordsSystem): Promise<unknown> => {
      await coordsOf[system as 'clam'](join(root, system));
      const { facts: found } = await readTileCoords(join(root, system, sourceOf(system)), system);
      return [found.sizeLevel0Px, found.sizePx, found.slideMpp];
    };
    expect(await size('clam')).toEqual([512, 128, undefined]);
    expect(await size('trident')).toEqual([512, 256, undefined]);
    expect(await size('wsinfer')).toEqual([512, undefined, undefined]);
    expect(await size('hs2p')).toEqual([512, 256, 0.25]);
  });

  test('what a system needs and nobody said leaves the slide out', async () => {
    const root = join(work, 'missing');
    await coordsOf.wsinfer(root);
    const report = await convertCoords({ from: root, fromSystem: 'wsinfer', to: `${root}-to`, toSystem: 'trident' });
    expect(report.failures).toMatchObject([{ slide: 'case.1', error: { code: 'format/facts-missing' } }]);
    expect(existsSync(join(`${root}-to`, 'patches/case.1_patches.h5'))).toBe(false);
  });

  test('files of one system are not taken for another’s', async () => {
    const root = join(work, 'mixed');
    await coordsOf.wsinfer(root);
    const report = await convertCoords({ from: root, fromSystem: 'clam', to: `${root}-to`, toSystem: 'slidestream' });
    expect(report.failures).toMatchObject([{ error: { code: 'format/other-system' } }]);
    await expect(convertCoords({ from: root, fromSystem: 'hs2p', to: `${root}-to`, toSystem: 'clam' })).rejects.toMatchObject({
      code: 'format/folder-empty',
    });
  });
});

describe('features', () => {
  /** Folder that the system's files stand in, below the folder that is converted into. */
  const folder = (system: FeatureSystem): string => (system === 'slide2vec' ? 'tile_embeddings' : '');

  test.each(featureSystems)('%s, to ours and back', async (system) => {
    const root = join(work, 'features', system);
    const files = await featuresOf[system](root);
    await convertFeatures({ from: root, fromSystem: system, to: `${root}-ours`, toSystem: 'slidestream' });
    const back = join(`${root}-back`, folder(system));
    const report = await convertFeatures({ from: `${root}-ours`, fromSystem: 'slidestream', to: back, toSystem: system });
    expect(report.failures).toEqual([]);
    await expectSameFiles(files, root, `${root}-back`);
  });

  const pairs = featureSystems.flatMap((from) => featureSystems.filter((to) => to !== from).map((to) => [from, to] as const));
  test.each(pairs)('%s → %s: the same features at the same places', async (from, to) => {
    const root = join(work, 'feature-pairs', `${from}-${to}`);
    await featuresOf[from](root);
    const options = { factsOf, encoder: from === 'trident' || from === 'atlaspatch' ? undefined : 'uni_v1' };
    const report = await convertFeatures({ from: root, fromSystem: from, to: `${root}-to`, toSystem: to, ...options });
    expect(report).toMatchObject({ failures: [], slides: [{ slide: 'case.1', tiles: 7 }] });
    const again = await convertFeatures({ from: `${root}-to`, fromSystem: to, to: `${root}-ours`, toSystem: 'slidestream', factsOf });
    expect(again.failures).toEqual([]);
    const ours = await readFeatures(join(`${root}-ours`, 'case.1.safetensors'));
    await convertFeatures({ from: root, fromSystem: from, to: `${root}-direct`, toSystem: 'slidestream', factsOf });
    const source = await readFeatures(join(`${root}-direct`, 'case.1.safetensors'));
    for (const [i, value] of ours.features.entries()) expect(value).toBeCloseTo(source.features[i] as number, to === 'stamp' ? 3 : 12);
    if (ours.coords === null || source.coords === null) return;
    const scale = (bag: typeof ours): readonly number[] =>
      Array.from(
        bag.coords as Float64Array,
        (value) => value * (bag.coordsUnit === 'um' ? 4 : 1) - (bag.coordsAnchor === 'centre' ? 256 : 0),
      );
    for (const [i, value] of scale(ours).entries()) expect(Math.abs(value - (scale(source)[i] as number))).toBeLessThanOrEqual(0.51);
  });

  test('the real STAMP file keeps its types, and is not converted before its unit is said', async () => {
    const name = 'TCGA-AD-6964-01Z-00-DX1.stamp512';
    const real = resolve(import.meta.dirname, `../../../../shared/data/bags/${name}.h5`);
    if (!existsSync(real)) return void process.stderr.write('skipped: the real STAMP file, ../shared is absent\n');
    const root = join(work, 'real');
    mkdirSync(root);
    cpSync(real, join(root, `${name}.h5`));
    await convertFeatures({ from: root, fromSystem: 'stamp', to: `${root}-ours`, toSystem: 'slidestream' });
    await convertFeatures({ from: `${root}-ours`, fromSystem: 'slidestream', to: `${root}-back`, toSystem: 'stamp' });
    expect(await dumpHdf5(join(`${root}-back`, `${name}.h5`))).toEqual(await dumpHdf5(real));
    const refused = await convertFeatures({ from: root, fromSystem: 'stamp', to: `${root}-clam`, toSystem: 'clam' });
    expect(refused.failures).toMatchObject([{ error: { code: 'format/features-unit' } }]);
    const said = await convertFeatures({ from: root, fromSystem: 'stamp', to: `${root}-clam`, toSystem: 'clam', unit: 'px' });
    expect(said.slides).toMatchObject([{ tiles: 777 }]);
  });

  test('folders of two encoders need a name', async () => {
    const root = join(work, 'two');
    await featuresOf.trident(root);
    cpSync(join(root, 'features_uni_v1'), join(root, 'features_conch_v1'), { recursive: true });
    await expect(convertFeatures({ from: root, fromSystem: 'trident', to: `${root}-to`, toSystem: 'clam' })).rejects.toMatchObject({
      code: 'format/folder-which',
    });
    const named = await convertFeatures({ from: root, fromSystem: 'trident', to: `${root}-to`, toSystem: 'clam', encoder: 'uni_v1' });
    expect(named.slides).toHaveLength(1);
  });
});
