import { createRequire } from 'node:module';

/** Node 23 removed two functions of `util` that the engine's package calls: puts them back before it is loaded. */
export function restoreRemovedUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown): boolean => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}
