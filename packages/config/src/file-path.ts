import { resolve } from 'node:path';
import { z } from 'zod';
import type { KeyPath } from './yaml-source.js';

const FILE_PATH = 'file-path';

/** A path in a configuration: relative to the file it stands in, or to the working directory when it came from `--set`. */
export function filePath(): z.ZodString {
  return z
    .string()
    .min(1)
    .meta({ [FILE_PATH]: true });
}

/** `value` with every path of the schema made absolute. */
export function resolveFilePaths(schema: z.ZodType, value: unknown, baseOf: (path: KeyPath) => string): unknown {
  return walk(schema, value, [], baseOf);
}

function walk(schema: z.ZodType, value: unknown, path: KeyPath, baseOf: (path: KeyPath) => string): unknown {
  if (value === undefined || value === null) return value;
  const down = (inner: unknown, part: unknown, key: string | number): unknown => walk(inner as z.ZodType, part, [...path, key], baseOf);
  if (typeof value === 'string') return isFilePath(schema) ? resolve(baseOf(path), value) : value;
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodPrefault
  ) {
    return walk(schema.unwrap() as z.ZodType, value, path, baseOf);
  }
  if (schema instanceof z.ZodUnion) {
    const fitting = (schema.options as readonly z.ZodType[]).find((option) => option.safeParse(value).success);
    return fitting === undefined ? value : walk(fitting, value, path, baseOf);
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) return value.map((item, i) => down(schema.element, item, i));
  if (schema instanceof z.ZodObject) {
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, key in schema.shape ? down(schema.shape[key], part, key) : part]),
    );
  }
  if (schema instanceof z.ZodRecord)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, down(schema.valueType, part, key)]));
  return value;
}

/** Whether a schema, under its defaults and options, is a path. */
function isFilePath(schema: z.ZodType): boolean {
  if (schema.meta()?.[FILE_PATH] === true) return true;
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodPrefault
  ) {
    return isFilePath(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodUnion) return (schema.options as readonly z.ZodType[]).some(isFilePath);
  return false;
}
