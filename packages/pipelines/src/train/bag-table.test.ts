import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runSchema } from '@slidestream/config';
import { afterAll, describe, expect, it } from 'vitest';
import { parseBagFolds } from './bag-folds.js';
import { readBagTable } from './bag-table.js';
import { openCohort } from './open-cohort.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-bags-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
/** Column f1 is constant among bags a and b, not in c. */
const table = 'bag,label,f0,f1\na,1,1,7\nb,0,3,7\na,1,5,7\nc,1,100,9\n';

describe('readBagTable', () => {
  it.each([
    ['plain', table],
    ['gzipped', gzipSync(table)],
  ])('reads %s bags whose rows lie apart', async (name, content) => {
    const { labels, width, features } = await readBagTable(written(`${name}.csv`, content));
    expect(labels.rows.map(({ slide, label, line }) => [slide, label, line])).toEqual([
      ['a', '1', 2],
      ['b', '0', 3],
      ['c', '1', 5],
    ]);
    expect(labels.classes).toEqual(['0', '1']);
    expect(width).toBe(2);
    expect(features.get('a')).toEqual({ data: Float32Array.of(1, 7, 5, 7), instances: 2, width: 2 });
  });

  it.each([
    ['other columns', 'slide,label,f0\na,1,2\n', { line: 1 }],
    ['no instances', 'bag,label,f0\n', {}],
    ['two labels of a bag', 'bag,label,f0\na,1,2\na,0,2\n', { line: 3 }],
    ['a word', 'bag,label,f0,f1\na,1,2,x\n', { line: 2, column: 7 }],
    ['an empty value', 'bag,label,f0,f1\na,1,,3\n', { line: 2, column: 5 }],
    ['infinity', 'bag,label,f0\na,1,1e999\n', { line: 2, column: 5 }],
    ['no label', 'bag,label,f0\na,,1\n', { line: 2 }],
  ])('refuses %s', async (_, content, where) => {
    await expect(readBagTable(written('bad.csv', content))).rejects.toMatchObject({ code: 'pipelines/bad-bags', where });
  });

  it('refuses a label that is no class, and a broken gzip', async () => {
    const path = written('classes.csv', table);
    await expect(readBagTable(path, ['0', '2'])).rejects.toMatchObject({ code: 'pipelines/bad-bags', where: { line: 2 } });
    const torn = written('torn.csv.gz', gzipSync(table).subarray(0, 20));
    await expect(readBagTable(torn)).rejects.toMatchObject({ code: 'pipelines/bad-bags' });
  });
});

describe('parseBagFolds', () => {
  const rows = ['a', 'b', 'c'].map((slide, i) => ({ case: slide, slide, label: '0', line: i + 2 }));

  it('numbers folds repeat after repeat; what is not trained on is tested', () => {
    const found = parseBagFolds('{"train": [[[0, 1], [1, 2]], [[2]]]}', 'f.json', rows);
    const names = found.map(({ fold, train, val, test }) => [fold, train.map((r) => r.slide), val.length, test.map((r) => r.slide)]);
    expect(names).toEqual([
      [0, ['a', 'b'], 0, ['c']],
      [1, ['b', 'c'], 0, ['a']],
      [2, ['c'], 0, ['a', 'b']],
    ]);
  });

  it.each([
    '[',
    'null',
    '{"train": []}',
    '{"train": [[["x"]]]}',
    '{"train": [[[3]]]}',
    '{"train": [[[0, 0]]]}',
    '{"train": [[[0, 1, 2]]]}',
  ])('refuses %s', (text) =>
    expect(() => parseBagFolds(text, 'f.json', rows)).toThrow(expect.objectContaining({ code: 'pipelines/bad-folds' })),
  );
});

describe('standardise', () => {
  const config = (more: object) =>
    runSchema.parse({
      task: 'classification',
      mode: 'features',
      data: { bags: written('t.csv', table), folds: written('t.json', '{"train": [[[0, 1]]]}'), standardise: true, ...more },
    });

  it('takes mean and deviation from the training bags alone and silences columns that do not vary there', async () => {
    const cohort = await openCohort(config({}), {});
    const [fold] = cohort.folds;
    const access = await cohort.accessOf(fold as never);
    if (access.kind !== 'features') throw new Error('features were asked for');
    const { source } = access;
    const sd = Math.sqrt(8 / 3);
    expect(source.scale).toEqual({ mean: [3, 7], deviation: [expect.closeTo(sd, 12), 1] });
    expect([...(await source.read('a')).data]).toEqual([-2 / sd, 0, 2 / sd, 0].map(Math.fround));
    expect([...(await source.read('c')).data]).toEqual([Math.fround(97 / sd), 0]);
  });

  it('refuses survival, and validation from folds that have none', async () => {
    await expect(openCohort({ ...config({}), task: 'survival' }, {})).rejects.toMatchObject({ code: 'pipelines/not-for-bags' });
    const held = config({});
    await expect(openCohort({ ...held, folds: { ...held.folds, validation: 0.1 } }, {})).rejects.toMatchObject({
      code: 'pipelines/not-for-bags',
      where: { key: 'folds.validation' },
    });
  });
});
