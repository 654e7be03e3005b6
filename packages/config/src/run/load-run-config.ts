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
export interface LoadRunOptions extends Omit<LoadConfigOptions, 'check' | 'checkData'> {
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
  return loadConfig(file, runSchema, {
    ...rest,
    checkData: (data) => checkNames(data as RunNames, choices),
    check: (config) => [...checkRun(config), ...checkHeadOptions(config, choices)],
  });
}

/** What a file may say of names, whatever else it says. */
type RunNames = { readonly [part in 'encoder' | 'head']?: { readonly name?: unknown } | null } | null;

/** Whether the names in a run are known, and whether the head knows its options. */
export function checkChoices(config: RunConfig, choices: RunChoices): SchemaIssue[] {
  return [...checkNames(config, choices), ...checkHeadOptions(config, choices)];
}

function checkNames(data: RunNames, { encoders, heads }: RunChoices): SchemaIssue[] {
  const check = (part: 'encoder' | 'head', known: readonly string[] | undefined): SchemaIssue[] => {
    const name = data?.[part]?.name;
    return typeof name !== 'string' || known === undefined || known.includes(name) ? [] : [unknownName([part, 'name'], part, name, known)];
  };
  return [...check('encoder', encoders), ...check('head', heads === undefined ? undefined : Object.keys(heads))];
}

/** Whether the head, where it is known, knows its options. */
function checkHeadOptions(config: RunConfig, { heads = {} }: RunChoices): SchemaIssue[] {
  const { name, ...given } = config.head;
  const schema = Object.hasOwn(heads, name) ? heads[name] : undefined;
  if (schema === undefined) return [];
  const options = z.fromJSONSchema({ ...schema, additionalProperties: false } as Parameters<typeof z.fromJSONSchema>[0]);
  const parsed = options.safeParse(given, { reportInput: true });
  if (parsed.success) return [];
  const known = Object.keys((schema.properties as object | undefined) ?? {});
  const found = describeZodIssues(parsed.error.issues, () => known);
  return found.map((issue) => ({ ...issue, path: ['head', ...issue.path] }));
}

function unknownName(path: readonly string[], kind: string, name: string, known: readonly string[]): SchemaIssue {
  const close = didYouMean(name, known);
  const hint = close === undefined ? undefined : `Did you mean "${close}"?`;
  return { path, atKey: false, message: `there is no ${kind} "${name}"; known: ${known.join(', ')}`, hint };
}
