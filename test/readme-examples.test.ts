import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './support/run-cli.js';

const run = promisify(execFile);
const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
// Below the root, so that packages are found as anyone's program finds them.
const folder = mkdtempSync(join(cache, 'readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The first block of TypeScript of a README. */
function exampleOf(name: string): string | undefined {
  const readme = resolve(root, 'packages', name, 'README.md');
  return existsSync(readme) ? /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8'))?.[1] : undefined;
}

describe("the example of every package's README runs", () => {
  const examples = readdirSync(resolve(root, 'packages')).flatMap((name) => {
    const code = exampleOf(name);
    return code === undefined ? [] : [[name, code] as const];
  });

  it.each(examples)('%s', async (name, code) => {
    const file = join(folder, `${name}.mts`);
    writeFileSync(file, code);
    const args = ['--conditions=@slidestream/source', '--import', 'tsx', file];
    const result = await run(process.execPath, args, { cwd: folder, timeout: 120_000 }).catch(
      (error: { stderr?: string; message: string }) => error,
    );
    expect('message' in result ? `${result.message}\n${result.stderr ?? ''}` : 'ran').toBe('ran');
  });
});
