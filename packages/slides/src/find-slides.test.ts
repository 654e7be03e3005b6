import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findSlides } from './find-slides.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-find-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, text = ''): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};
put('a/two.svs');
put('a/one.TIF');
put('a/deep/three.ome.tiff');
put('a/notes.txt');

test('folders are searched with all below them, in order of name', async () => {
  expect(await findSlides([join(folder, 'a')])).toEqual([
    { id: 'three.ome', path: join(folder, 'a/deep/three.ome.tiff') },
    { id: 'one', path: join(folder, 'a/one.TIF') },
    { id: 'two', path: join(folder, 'a/two.svs') },
  ]);
});

test('files are taken as they are, the same one once', async () => {
  const path = join(folder, 'a/two.svs');
  expect(await findSlides([path, join(folder, 'a/../a/two.svs')])).toEqual([{ id: 'two', path }]);
});

test('tables name paths, or files beside them with or without extension', async () => {
  const paths = put('a/paths.csv', '\ufeffslide,path,label\r\n"first, renamed",two.svs,1\r\n\r\n,deep/three.ome.tiff,0\r\n');
  expect(await findSlides([paths])).toEqual([
    { id: 'first, renamed', path: join(folder, 'a/two.svs') },
    { id: 'three.ome', path: join(folder, 'a/deep/three.ome.tiff') },
  ]);
  const ids = put('a/ids.csv', 'case_id,slide_id\nx,two\ny,two.svs\n');
  expect(await findSlides([ids])).toEqual([{ id: 'two', path: join(folder, 'a/two.svs') }]);
});

test('what cannot be found says where it was asked for', async () => {
  const table = put('a/wrong.csv', 'slide\ntwo\nfour\n');
  await expect(findSlides([table])).rejects.toMatchObject({ code: 'io/not-found', where: { file: table, line: 3 } });
  await expect(findSlides([put('a/none.csv', 'case,label\n1,2\n')])).rejects.toMatchObject({ code: 'slide/bad-table', where: { line: 1 } });
  await expect(findSlides([put('a/gap.csv', 'slide,label\n,2\n')])).rejects.toMatchObject({ code: 'slide/bad-table', where: { line: 2 } });
  await expect(findSlides([join(folder, 'nowhere')])).rejects.toMatchObject({ code: 'io/not-found' });
  mkdirSync(join(folder, 'empty'));
  await expect(findSlides([join(folder, 'empty')])).rejects.toMatchObject({ code: 'slide/none-found', category: 'usage' });
});

test('two slides of one name are refused', async () => {
  put('b/two.tiff');
  await expect(findSlides([join(folder, 'a'), join(folder, 'b')])).rejects.toMatchObject({
    code: 'slide/duplicate-id',
    where: { slide: 'two' },
  });
});
