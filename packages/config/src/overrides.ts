import { ConfigError } from './config-error.js';
import { formatKeyPath, type KeyPath, parseYaml } from './yaml-source.js';

/** One `--set a.b=c`. */
export interface Override {
  readonly path: KeyPath;
  readonly value: unknown;
  /** As it was given, for messages. */
  readonly text: string;
}

/** Parses `a.b=c`; the value is YAML, so that `3`, `true`, `null` and `[1, 2]` are what they look like. @throws ConfigError */
export function parseOverride(given: string): Override {
  const text = `--set ${given}`;
  const equals = given.indexOf('=');
  const path = given
    .slice(0, Math.max(0, equals))
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  if (equals < 1 || path.includes('')) {
    throw new ConfigError([{ source: text, key: '', message: 'is not of the form key.subkey=value' }]);
  }
  if (path.includes('__proto__')) throw new ConfigError([{ source: text, key: '', message: '__proto__ is no key' }]);
  return { path, value: parseYaml(given.slice(equals + 1), text).data, text };
}

/** `data` with the overrides laid over it, in order. @throws ConfigError when a key leads through something that has no keys */
export function applyOverrides(data: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((result, override) => setIn(result, override.path, override, 0), data);
}

function setIn(node: unknown, path: KeyPath, override: Override, depth: number): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return override.value;
  if (Array.isArray(node)) {
    if (typeof key !== 'number' || key > node.length) throw badPath(override, depth, `is a list of ${node.length}, "${key}" is not in it`);
    const copy = [...node];
    copy[key] = setIn(copy[key], rest, override, depth + 1);
    return copy;
  }
  if (node !== null && node !== undefined && typeof node !== 'object') throw badPath(override, depth, 'is a single value and has no keys');
  const map = (node ?? {}) as Record<string, unknown>;
  return { ...map, [key]: setIn(Object.hasOwn(map, key) ? map[key] : undefined, rest, override, depth + 1) };
}

function badPath(override: Override, depth: number, message: string): ConfigError {
  return new ConfigError([{ source: override.text, key: formatKeyPath(override.path.slice(0, depth)), message }]);
}
