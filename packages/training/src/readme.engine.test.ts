import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

it('runs the example of the README', () => {
  const folder = resolve(import.meta.dirname, '..');
  const code = /```ts\n([\s\S]*?)```/.exec(readFileSync(resolve(folder, 'README.md'), 'utf8'))?.[1] ?? '';
  const output = execFileSync(
    process.execPath,
    ['--conditions=@slidestream/source', '--import', 'tsx', '--input-type=module', '--eval', code],
    { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  expect(output).toMatch(/^done \{ epoch: \d, metric: 1 \}\nFloat32Array\(2\) .*\n?.*\[ 10 \]/m);
});
