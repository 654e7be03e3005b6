import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

it('runs the example of the README', () => {
  const folder = resolve(import.meta.dirname, '..');
  const code = /```ts\n([\s\S]*?)```/.exec(readFileSync(resolve(folder, 'README.md'), 'utf8'))?.[1] ?? '';
  // A file, because node takes no types from the command line; here, because packages are found from here.
  const place = mkdtempSync(join(folder, '.readme-'));
  try {
    const file = join(place, 'example.mts');
    writeFileSync(file, code);
    const flags = ['--conditions=@slidestream/source', '--import', 'tsx', file];
    const output = execFileSync(process.execPath, flags, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(output).toBe('1 4 512 512\n2048 Polygon\n');
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}, 60_000);
