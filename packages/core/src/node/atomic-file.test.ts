import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removeUnfinished, writeFileAtomic } from './atomic-file.js';

it('removes what a killed writer of that file left, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slidestream-atomic-'));
  try {
    await writeFileAtomic(join(folder, 'a.h5'), 'whole');
    const others = ['a.h5.notes.part', 'a.h5x.7-00ff00ff.part', 'b.h5.7-00ff00ff.part'];
    for (const name of ['a.h5.7-00ff00ff.part', ...others]) await writeFile(join(folder, name), 'half');
    await removeUnfinished(join(folder, 'a.h5'));
    expect((await readdir(folder)).sort()).toEqual(['a.h5', ...others].sort());
    await removeUnfinished(join(folder, 'nowhere', 'a.h5'));
  } finally {
    await rm(folder, { recursive: true });
  }
});
