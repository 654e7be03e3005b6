import type { z } from 'zod';
import { didYouMean } from './did-you-mean.js';
import type { KeyPath } from './yaml-source.js';

/** An issue of the schema, free of zod: where, what, and what was probably meant. */
export interface SchemaIssue {
  readonly path: KeyPath;
  /** The key itself is wrong, not its value. */
  readonly atKey: boolean;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Every issue of a failed parse in words of the configuration. */
export function describeZodIssues(issues: readonly z.core.$ZodIssue[], knownKeys: (path: KeyPath) => readonly string[]): SchemaIssue[] {
  return issues.flatMap((issue) => describe(issue, [], knownKeys));
}

function describe(issue: z.core.$ZodIssue, above: KeyPath, knownKeys: (path: KeyPath) => readonly string[]): SchemaIssue[] {
  const path: KeyPath = [...above, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const known = knownKeys(path);
        const close = didYouMean(key, known);
        const hint = close === undefined ? `Known keys: ${known.join(', ')}` : `Did you mean "${close}"?`;
        return { path: [...path, key], atKey: true, message: 'unknown key', hint };
      });
    case 'invalid_value': {
      const choices = issue.values.map(String);
      const given = issue.input;
      if (given === undefined) return [{ path, atKey: false, message: `is missing; one of ${choices.join(', ')}` }];
      const close = typeof given === 'string' ? didYouMean(given, choices) : undefined;
      const hint = close === undefined ? undefined : `Did you mean "${close}"?`;
      return [{ path, atKey: false, message: `must be one of ${choices.join(', ')}${described(given)}`, hint }];
    }
    case 'invalid_type':
      if (issue.input === undefined) return [{ path, atKey: false, message: 'is missing' }];
      return [{ path, atKey: false, message: `must be ${typeName(issue.expected)}${described(issue.input)}` }];
    case 'too_small':
      return [
        {
          path,
          atKey: false,
          message: `${bound(issue.origin)} ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${described(issue.input)}`,
        },
      ];
    case 'too_big':
      return [
        {
          path,
          atKey: false,
          message: `${bound(issue.origin)} ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${described(issue.input)}`,
        },
      ];
    case 'invalid_union': {
      // The option that got furthest says most: the one whose first complaint lies deepest, then the one with fewest complaints.
      const options = issue.errors.map((errors) => errors.flatMap((error) => describe(error, path, knownKeys)));
      const depth = (list: readonly SchemaIssue[]): number => Math.max(0, ...list.map((entry) => entry.path.length));
      const [best] = options.filter((list) => list.length > 0).sort((a, b) => depth(b) - depth(a) || a.length - b.length);
      if (best !== undefined && depth(best) > path.length) return best;
      const wanted = options.flat().map(({ message }) => message.replace(/^must be /, '').replace(/, got .*$/, ''));
      return [
        {
          path,
          atKey: false,
          message: wanted.length === 0 ? issue.message : `must be ${[...new Set(wanted)].join(' or ')}${described(issue.input)}`,
        },
      ];
    }
    default:
      return [{ path, atKey: false, message: issue.message }];
  }
}

function bound(origin: string): string {
  if (origin === 'string') return 'must have a length of';
  return origin === 'array' || origin === 'set' ? 'must have' : 'must be';
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    int: 'an integer',
    number: 'a number',
    string: 'a text',
    boolean: 'true or false',
    object: 'a group of keys',
    array: 'a list',
    record: 'a group of keys',
  };
  return names[expected] ?? expected;
}

function described(value: unknown): string {
  if (value === undefined) return '';
  const text = JSON.stringify(value) ?? String(value);
  return `, got ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`;
}
