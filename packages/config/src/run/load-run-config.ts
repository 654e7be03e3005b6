import { z } from 'zod';
import { didYouMean } from '../did-you-mean.js';
import { type LoadConfigOptions, type LoadedConfig, loadConfig } from '../load-config.js';
import { describeZodIssues, type SchemaIssue } from '../zod-issues.js';
import { checkRun, type RunConfig, runSchema } from './run-schema.js';

/** What may be named in a run: given by whoever knows the registries, so that this package need not. */
export interface RunChoices {
  readonly encoders?: readonly string[] | undefined;
  /** JSON Schema of each head's options. */
  readonly heads?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
}

/** Options of {@link loadRunConfig}. */
export interface LoadRunOptions extends Omit<LoadConfigOptions, 'check'> {
  readonly choices?: RunChoices | undefined;
}

/**
 * Reads the configuration of a run and checks it as a whole, names of heads and encoders and the head's options included.
 *
 * @throws ConfigError `config/invalid` with every issue
 * @throws SlidestreamError `io/*`
 *
 * @example
 * ```ts
 * const { value } = await loadRunConfig('configs/cohort-e2e.yaml', { set: ['training.epochs=5'] });
 * ```
 */
export function loadRunConfig(file: string, options: LoadRunOptions = {}): Promise<LoadedConfig<RunConfig>> {
  const { choices = {}, ...rest } = options;
  return loadConfig(file, runSchema, { ...rest, check: (config) => [...checkRun(config), ...checkChoices(config, choices)] });
}

/** Whether the names in a run are known, and whether the head knows its options. */
export function checkChoices(config: RunConfig, { encoders, heads }: RunChoices): SchemaIssue[] {
  const issues: SchemaIssue[] = [];
  if (encoders !== undefined && !encoders.includes(config.encoder.name)) {
    issues.push(unknownName(['encoder', 'name'], 'encoder', config.encoder.name, encoders));
  }
  if (heads === undefined) return issues;
  const { name, ...given } = config.head;
  const schema = Object.hasOwn(heads, name) ? heads[name] : undefined;
  if (schema === undefined) return [...issues, unknownName(['head', 'name'], 'head', name, Object.keys(heads))];
  const options = z.fromJSONSchema({ ...schema, additionalProperties: false } as Parameters<typeof z.fromJSONSchema>[0]);
  const parsed = options.safeParse(given, { reportInput: true });
  if (parsed.success) return issues;
  const known = Object.keys((schema.properties as object | undefined) ?? {});
  const found = describeZodIssues(parsed.error.issues, () => known);
  return [...issues, ...found.map((issue) => ({ ...issue, path: ['head', ...issue.path] }))];
}

function unknownName(path: readonly string[], kind: string, name: string, known: readonly string[]): SchemaIssue {
  const close = didYouMean(name, known);
  const hint = close === undefined ? undefined : `Did you mean "${close}"?`;
  return { path, atKey: false, message: `there is no ${kind} "${name}"; known: ${known.join(', ')}`, hint };
}
