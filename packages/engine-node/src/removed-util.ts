import { createRequire } from 'node:module';

/**
 * Two functions of `util` that the engine's package calls: Node 22 warns of them at every start, Node 23 removed them. Puts its own in their
 * place before the package is loaded.
 */
export function restoreRemovedUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  if (Number.parseInt(process.versions.node, 10) < 22) return;
  util.isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined;
  util.isArray = Array.isArray;
}
