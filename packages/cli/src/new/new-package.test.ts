import { describe, expect, it } from 'vitest';
import { packageFiles } from './package-files.js';
import { namesFrom } from './package-name.js';

describe('namesFrom', () => {
  it('takes the last part for the configuration and makes code names of it', () => {
    expect(namesFrom('@acme/top-2-pool')).toEqual({
      packageName: '@acme/top-2-pool',
      specName: 'top-2-pool',
      identifier: 'top2Pool',
      className: 'Top2Pool',
    });
  });

  it.each(['', 'Top', '../x', 'a b', '2-top', 'top-', '@acme', 'a/b', 'x'.repeat(101)])('refuses "%s"', (name) => {
    expect(() => namesFrom(name)).toThrow(expect.objectContaining({ code: 'cli/usage' }));
  });
});

describe('packageFiles', () => {
  it.each(['head', 'encoder'] as const)('lays out a package with a %s, its test and how to use it', (kind) => {
    const files = packageFiles(kind, namesFrom('@acme/top-k'));
    expect([...files.keys()]).toEqual(['package.json', 'tsconfig.json', 'README.md', 'src/index.ts', 'src/top-k.ts', 'src/top-k.test.ts']);
    expect(JSON.parse(files.get('package.json') as string)).toMatchObject({
      name: '@acme/top-k',
      exports: { '.': { default: './dist/index.js' } },
    });
    expect(files.get('src/index.ts')).toContain(`export const ${kind}s:`);
    expect(files.get('README.md')).toContain("plugins: ['@acme/top-k']");
    for (const content of files.values()) expect(content).not.toMatch(/undefined|\[object/);
  });
});
