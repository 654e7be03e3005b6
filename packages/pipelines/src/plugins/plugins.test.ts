import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { heads } from '@slidestream/mil-heads';
import { afterAll, describe, expect, it } from 'vitest';
import { withPlugins } from './load-plugins.js';
import { resolvePlugin } from './resolve-plugin.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-plugins-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, content: string): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
};
const spec = (name: string): string =>
  `{ name: '${name}', summary: 's', paper: 'p', tasks: ['survival'], defaults: {}, schema: { properties: {} }, build: () => ({}) }`;

describe('resolvePlugin', () => {
  it('finds files beside the configuration and packages above it, by what import would take', () => {
    const file = written('configs/mine.mjs', '');
    const manifest = { exports: { '.': { types: './t.d.ts', import: './lib/a.js' }, './part': './lib/b.js' } };
    written('node_modules/@acme/heads/package.json', JSON.stringify(manifest));
    const main = written('node_modules/@acme/heads/lib/a.js', '');
    const part = written('node_modules/@acme/heads/lib/b.js', '');
    const from = join(folder, 'configs');
    expect(resolvePlugin('./mine.mjs', from)).toBe(file);
    expect(resolvePlugin('@acme/heads', from)).toBe(main);
    expect(resolvePlugin('@acme/heads/part', from)).toBe(part);
    for (const name of ['./other.mjs', '@acme/none', '@acme/heads/private']) {
      expect(() => resolvePlugin(name, from)).toThrow(expect.objectContaining({ code: 'plugins/not-found' }));
    }
  });
});

describe('withPlugins', () => {
  it('adds heads to a new registry and leaves ours as it was', async () => {
    const file = written('good.mjs', `export const heads = [${spec('mine')}];`);
    const found = await withPlugins([file]);
    expect(found.heads.names).toEqual([...heads.names, 'mine']);
    expect(heads.names).not.toContain('mine');
    // Again, on top of itself: the same module, the same head.
    expect((await withPlugins([file], found)).heads.names).toEqual(found.heads.names);
  });

  it.each([
    ['a second abmil', `export const heads = [${spec('abmil')}];`, 'plugins/duplicate-name'],
    ['nothing', 'export const other = 1;', 'plugins/no-specs'],
    ['half a head', `export const heads = [{ name: 'mine' }];`, 'plugins/bad-spec'],
    ['no list', 'export const encoders = {};', 'plugins/bad-spec'],
    ['an error', 'throw new Error("no");', 'plugins/cannot-load'],
  ])('refuses a module that brings %s', async (name, content, code) => {
    await expect(withPlugins([written(`${name}.mjs`, content)])).rejects.toMatchObject({ code });
  });
});
