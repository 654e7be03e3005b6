import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { SlidestreamError } from '@slidestream/core';

/**
 * The file of a plug-in: a path (starting with `.` or `/`) relative to the folder `from`, or a package that is installed there or above.
 *
 * @throws SlidestreamError `plugins/not-found`
 */
export function resolvePlugin(name: string, from: string): string {
  if (name.startsWith('.') || isAbsolute(name)) {
    const file = resolve(from, name);
    if (existsSync(file)) return file;
    throw notFound(name, `there is no file ${file}`);
  }
  const places = createRequire(join(from, 'from.js')).resolve.paths(name) ?? [];
  const folder = places.map((place) => join(place, packageOf(name))).find((place) => existsSync(join(place, 'package.json')));
  if (folder === undefined) throw notFound(name, `no such package is installed in ${from} or above`);
  const inside = `.${name.slice(packageOf(name).length)}`;
  const entry = entryOf(join(folder, 'package.json'), inside);
  const file = entry === null ? null : join(folder, entry);
  if (file === null || !existsSync(file)) throw notFound(name, `its package has no entry "${inside}"`);
  return file;
}

/** `@scope/name/part` → `@scope/name`. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What `import` would take, by the package's own manifest. */
function entryOf(manifest: string, inside: string): string | null {
  const { exports: listed, main } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown; main?: unknown };
  if (listed === undefined) return inside === '.' ? (typeof main === 'string' ? main : 'index.js') : inside;
  const isMap = typeof listed === 'object' && listed !== null && Object.keys(listed).some((key) => key.startsWith('.'));
  return chosen(isMap ? (listed as Record<string, unknown>)[inside] : inside === '.' ? listed : undefined);
}

function chosen(target: unknown): string | null {
  if (typeof target === 'string') return target;
  if (Array.isArray(target)) return target.map(chosen).find((one) => one !== null) ?? null;
  if (typeof target !== 'object' || target === null) return null;
  for (const [condition, inner] of Object.entries(target)) {
    if (['import', 'node', 'default'].includes(condition)) return chosen(inner);
  }
  return null;
}

function notFound(name: string, message: string): SlidestreamError {
  return new SlidestreamError({
    code: 'plugins/not-found',
    category: 'usage',
    message: `plug-in "${name}": ${message}`,
    where: { key: 'plugins' },
    hint: 'Install it beside the configuration, or give a path relative to it, such as ./my-head.js',
  });
}
