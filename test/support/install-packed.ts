import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './run-cli.js';

const run = promisify(execFile);
const generous = { maxBuffer: 2 ** 26 };

/** The manifest of one of our packages. */
export function manifestOf(name: string) {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
}

/** Folders of our packages that are published. */
export const publishedPackages: readonly string[] = readdirSync(join(root, 'packages')).filter((name) => manifestOf(name).private !== true);

/** Installs what `npm publish` would send into a folder outside this workspace; other people's packages are linked. */
export async function installPacked(folder: string): Promise<void> {
  await run('npm', ['run', 'build'], { cwd: root, ...generous });
  mkdirSync(join(folder, 'node_modules/@slidestream'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.') && name !== '@slidestream') symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const workspaces = publishedPackages.flatMap((name) => ['-w', `packages/${name}`]);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, ...workspaces], { cwd: root, ...generous });
  for (const { name, filename } of packedFiles(stdout)) await unpackInto(folder, name, join(folder, filename));
}

/** Installs another package, built, as its own tarball. */
export async function installTarballOf(source: string, folder: string): Promise<void> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: source, ...generous });
  for (const { name, filename } of packedFiles(stdout)) await unpackInto(folder, name, join(folder, filename));
}

function packedFiles(stdout: string): { name: string; filename: string }[] {
  return Object.values(JSON.parse(stdout)) as { name: string; filename: string }[];
}

async function unpackInto(folder: string, name: string, tarball: string): Promise<void> {
  const target = join(folder, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
}
