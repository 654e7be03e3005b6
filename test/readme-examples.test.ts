import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { root, shared } from './support/run-cli.js';

const run = promisify(execFile);
const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
// Below the root, so that packages are found as anyone's program finds them; laid out as a checkout with ../shared beside it.
const folder = mkdtempSync(join(cache, 'readme-'));
const withShared = existsSync(shared);
if (withShared) symlinkSync(shared, join(folder, 'shared'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The first block of TypeScript of a README, unless the package has a test of its own that runs it. */
function exampleOf(name: string): string | undefined {
  const home = resolve(root, 'packages', name);
  if (['readme.test.ts', 'readme.engine.test.ts'].some((test) => existsSync(join(home, 'src', test)))) return undefined;
  const readme = join(home, 'README.md');
  return existsSync(readme) ? /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8'))?.[1] : undefined;
}

describe("the example of every package's README runs", () => {
  const examples = readdirSync(resolve(root, 'packages')).flatMap((name) => {
    const code = exampleOf(name);
    return code === undefined ? [] : [{ name, code, missing: code.includes('shared/') && !withShared }];
  });

  for (const { name, code, missing } of examples) {
    it.skipIf(missing)(`${name}${missing ? ' (skipped: no ../shared)' : ''}`, async () => {
      const cwd = join(folder, 'checkout/packages', name);
      mkdirSync(cwd, { recursive: true });
      const file = join(cwd, 'example.mts');
      writeFileSync(file, code);
      const args = ['--conditions=@slidestream/source', '--import', 'tsx', file];
      const result = await run(process.execPath, args, { cwd, timeout: 120_000 }).catch(
        (error: { stderr?: string; message: string }) => error,
      );
      expect('message' in result ? `${result.message}\n${result.stderr ?? ''}` : 'ran').toBe('ran');
    });
  }
});
