import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ioError } from '@slidestream/core/node';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ConfigError, type ConfigIssue } from './config-error.js';
import { resolveFilePaths } from './file-path.js';
import { applyOverrides, parseOverride } from './overrides.js';
import { formatKeyPath, type KeyPath, parseYaml, type YamlSource } from './yaml-source.js';
import { describeZodIssues, type SchemaIssue } from './zod-issues.js';

/** Options of {@link loadConfig}. */
export interface LoadConfigOptions<T = unknown> {
  /** `a.b=c` each, later ones win. */
  readonly set?: readonly string[] | undefined;
  /** What paths in `set` are relative to; the working directory when left out. */
  readonly cwd?: string | undefined;
  /** Checks of what the file says, made even where it does not fit the schema, so that every fault is named at once. */
  readonly checkData?: ((data: unknown) => readonly SchemaIssue[]) | undefined;
  /** Further checks of a value that fits the schema. */
  readonly check?: ((value: T) => readonly SchemaIssue[]) | undefined;
}

/** A configuration that fits its schema. */
export interface LoadedConfig<T> {
  /** Absolute path of the file. */
  readonly file: string;
  /** Defaults filled in, paths absolute. */
  readonly value: T;
  /** Where the value at a key came from: `config.yaml:3:9`, `--set …`, or `default`. */
  sourceOf(path: KeyPath): string;
  /** The whole of it as YAML, to be kept beside results. */
  toYaml(): string;
}

/**
 * Reads a YAML file against a schema and reports everything that is wrong at once, each with file, line, column and key.
 *
 * @throws ConfigError `config/invalid`
 * @throws SlidestreamError `io/*` when the file cannot be read
 */
export async function loadConfig<S extends z.ZodType>(
  file: string,
  schema: S,
  options: LoadConfigOptions<z.output<S>> = {},
): Promise<LoadedConfig<z.output<S>>> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw ioError(error, file);
  });
  return parseConfig(text, file, schema, options);
}

/** As {@link loadConfig}, from text that is at hand; `file` is what messages say and what paths are relative to. @throws ConfigError */
export function parseConfig<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
  options: LoadConfigOptions<z.output<S>> = {},
): LoadedConfig<z.output<S>> {
  const { set = [], cwd = process.cwd(), check, checkData } = options;
  const source = parseYaml(text, file);
  const overrides = set.map(parseOverride);
  const data = applyOverrides(source.data ?? {}, overrides);
  const overrideAt = (path: KeyPath): string | undefined =>
    overrides.findLast((override) => isPrefix(override.path, path) || isPrefix(path, override.path))?.text;
  const parsed = schema.safeParse(data, { reportInput: true });
  const misfits = parsed.success ? [] : describeZodIssues(parsed.error.issues, (path) => keysAt(schema, path));
  const found = [...misfits, ...(checkData?.(data) ?? []), ...(parsed.success ? (check?.(parsed.data) ?? []) : [])];
  if (found.length > 0) throw new ConfigError(found.map((issue) => place(issue, source, overrides)));
  if (!parsed.success) throw new TypeError('a value that does not fit has no issue');
  const base = dirname(resolve(file));
  const fromSet = (path: KeyPath): boolean => overrides.some((override) => isPrefix(override.path, path));
  const value = resolveFilePaths(schema, parsed.data, (path) => (fromSet(path) ? cwd : base)) as z.output<S>;
  return {
    file: resolve(file),
    value,
    sourceOf: (path) => overrideAt(path) ?? (has(source.data, path) ? positionText(source, path) : 'default'),
    toYaml: () => stringify(value),
  };
}

function place(
  issue: SchemaIssue,
  source: YamlSource,
  overrides: readonly { readonly path: KeyPath; readonly text: string }[],
): ConfigIssue {
  const key = formatKeyPath(issue.path);
  // A value that only a --set below it has made is that --set's fault too.
  const override = overrides.findLast(
    ({ path }) => isPrefix(path, issue.path) || (isPrefix(issue.path, path) && !has(source.data, issue.path)),
  );
  if (override !== undefined) return { source: override.text, key, message: issue.message, hint: issue.hint };
  const { line, column } = issue.atKey ? source.locateKey(issue.path) : source.locate(issue.path);
  return { source: source.name, line, column, key, message: issue.message, hint: issue.hint };
}

function positionText(source: YamlSource, path: KeyPath): string {
  const { line, column } = source.locate(path);
  return `${source.name}:${line}:${column}`;
}

function isPrefix(prefix: KeyPath, path: KeyPath): boolean {
  return prefix.length <= path.length && prefix.every((part, i) => String(part) === String(path[i]));
}

function has(data: unknown, path: KeyPath): boolean {
  let node = data;
  for (const key of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return false;
    node = (node as Record<string, unknown>)[key];
  }
  return true;
}

/** The keys that a schema knows at `path`; of all options where it is a union. */
function keysAt(schema: z.ZodType, path: KeyPath): string[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodPrefault
  ) {
    return keysAt(schema.unwrap() as z.ZodType, path);
  }
  if (schema instanceof z.ZodUnion) return [...new Set((schema.options as readonly z.ZodType[]).flatMap((option) => keysAt(option, path)))];
  const [key, ...rest] = path;
  if (schema instanceof z.ZodArray) return key === undefined ? [] : keysAt(schema.element as z.ZodType, rest);
  if (schema instanceof z.ZodRecord) return key === undefined ? [] : keysAt(schema.valueType as z.ZodType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (key === undefined) return Object.keys(schema.shape);
  const inner = schema.shape[String(key)] as z.ZodType | undefined;
  return inner === undefined ? [] : keysAt(inner, rest);
}
