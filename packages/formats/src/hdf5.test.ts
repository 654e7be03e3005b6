import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { gridPositions, readClamCoords, writeClamCoords } from './index.js';

const folder = resolve(import.meta.dirname, '../../../../shared/vectors/files');
const present = existsSync(folder);
if (!present) process.stderr.write('skipped: golden HDF5 files, ../shared is absent\n');
const work = mkdtempSync(join(tmpdir(), 'slidestream-h5-'));
afterAll(() => rmSync(work, { recursive: true }));

interface Expectation {
  readonly coords: readonly (readonly number[])[];
  readonly grid_width_height: readonly (readonly number[])[];
  readonly tile_grid_xy: readonly (readonly number[])[];
  readonly layout: { readonly attrs: Readonly<Record<string, unknown>> };
}

describe.skipIf(!present)("CLAM's coordinate files", () => {
  const info = present ? (JSON.parse(readFileSync(join(folder, 'info.json'), 'utf8')) as Record<string, Expectation>) : {};
  test.each(['level0_256.h5', 'level1_256_down4.h5', 'level0_512_overflow.h5', 'chunk32_writer.h5'])('%s', async (file) => {
    const want = info[`h5/${file}`] as Expectation;
    const clam = await readClamCoords(join(folder, 'h5', file));
    expect([...clam.coords]).toEqual(want.coords.flat());
    const grid = gridPositions(clam);
    expect([grid.width, grid.height]).toEqual(want.grid_width_height.flat());
    expect([...grid.cells]).toEqual(want.tile_grid_xy.flat());
    expect({
      downsample: clam.downsample,
      downsampled_level_dim: clam.downsampledLevelSize,
      level_dim: clam.levelSize,
      name: clam.name,
      patch_level: clam.patchLevel,
      patch_size: clam.patchSize,
      save_path: clam.savePath,
    }).toEqual(want.layout.attrs);
    const copy = join(work, file);
    await writeClamCoords(copy, { ...clam, attributes: { mpp: 0.5, tile_size_level0: 256, reader: 'ours' } });
    expect(await readClamCoords(copy)).toEqual({ ...clam, attributes: { mpp: 0.5, tile_size_level0: 256, reader: 'ours' } });
  });
});

test('what is no HDF5 file, cut off or missing is named', async () => {
  const path = join(work, 'ours.h5');
  const input = {
    coords: [0, 0, 256, 0],
    patchSize: 256,
    patchLevel: 0,
    downsample: [1, 1],
    levelSize: [512, 512],
    name: 'a',
    savePath: '',
  } as const;
  await writeClamCoords(path, input);
  const whole = readFileSync(path);
  for (let length = 0; length < whole.length; length += 37) {
    const cut = join(work, `cut-${length}.h5`);
    writeFileSync(cut, whole.subarray(0, length));
    await expect(readClamCoords(cut)).rejects.toMatchObject({ name: 'SlidestreamError', category: 'data' });
  }
  await expect(readClamCoords(join(work, 'none.h5'))).rejects.toMatchObject({ code: 'io/not-found' });
  await expect(writeClamCoords(join(work, 'no/where.h5'), input)).rejects.toMatchObject({ code: 'io/not-found' });
});
