import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

it('runs the example of the README', () => {
  const folder = resolve(import.meta.dirname, '..');
  const code = /```ts\n([\s\S]*?)```/.exec(readFileSync(resolve(folder, 'README.md'), 'utf8'))?.[1] ?? '';
  const flags = ['--conditions=@slidestream/source', '--import', 'tsx', '--input-type=module', '--eval', code];
  const output = execFileSync(process.execPath, flags, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  expect(output).toContain('top: [ 1 ], bottom: [ 0 ]');
}, 60_000);
