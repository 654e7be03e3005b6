import { pathToFileURL } from 'node:url';
import { type EncoderSpec, encoders as ownEncoders } from '@slidestream/backbones';
import { SlidestreamError } from '@slidestream/core';
import { type HeadSpec, heads as ownHeads } from '@slidestream/mil-heads';
import type { ModelRegistries } from '../train/build-model.js';

/** What a plug-in's module exports: `heads`, `encoders`, or both. */
export interface Plugin {
  readonly heads?: readonly HeadSpec[] | undefined;
  readonly encoders?: readonly EncoderSpec[] | undefined;
}

/** The registries that a run works with. */
export type Registries = Required<{ readonly [K in keyof ModelRegistries]: NonNullable<ModelRegistries[K]> }>;

/**
 * The registries with what the modules of `plugins` bring; a module is imported once in a process.
 *
 * @param plugins - absolute paths, see {@link resolvePlugin}
 * @throws SlidestreamError `plugins/cannot-load`, `plugins/no-specs`, `plugins/bad-spec`, `plugins/duplicate-name`
 */
export async function withPlugins(plugins: readonly string[], registries: ModelRegistries = {}): Promise<Registries> {
  let { heads = ownHeads, encoders = ownEncoders } = registries;
  for (const file of plugins) {
    const plugin = await load(file);
    for (const spec of plugin.heads ?? []) {
      // A registry that a caller gave may hold the plug-in's head already.
      if (heads.names.includes(spec.name) && heads.get(spec.name) !== spec) throw twice(file, 'head', spec.name);
      heads = heads.with(spec);
    }
    for (const spec of plugin.encoders ?? []) {
      if (!encoders.names.includes(spec.name)) encoders = encoders.with(spec);
      else if (encoders.get(spec.name) !== spec) throw twice(file, 'encoder', spec.name);
    }
  }
  return { heads, encoders };
}

async function load(file: string): Promise<Plugin> {
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw problem('cannot-load', file, `cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const { heads, encoders } = loaded;
  if (heads === undefined && encoders === undefined) throw problem('no-specs', file, 'exports neither heads nor encoders');
  checkSpecs(file, 'heads', heads, ['name', 'summary', 'paper', 'tasks', 'defaults', 'schema', 'build']);
  checkSpecs(file, 'encoders', encoders, ['name', 'summary', 'paper', 'featureDim', 'inputSizePx', 'normalisation', 'build']);
  return { heads, encoders } as Plugin;
}

function checkSpecs(file: string, list: string, specs: unknown, fields: readonly string[]): void {
  if (specs === undefined) return;
  if (!Array.isArray(specs)) throw problem('bad-spec', file, `its ${list} are no list`);
  for (const [i, spec] of specs.entries()) {
    const missing = fields.filter((field) => (spec as Record<string, unknown> | null)?.[field] === undefined);
    if (missing.length > 0) throw problem('bad-spec', file, `${list}[${i}] has no ${missing.join(', ')}`);
    const { name, build } = spec as { name: unknown; build: unknown };
    if (typeof name !== 'string' || typeof build !== 'function')
      throw problem('bad-spec', file, `${list}[${i}] needs a name and a build function`);
  }
}

function twice(file: string, kind: string, name: string): SlidestreamError {
  return problem('duplicate-name', file, `brings a second ${kind} named "${name}"`);
}

function problem(what: string, file: string, message: string, cause?: unknown): SlidestreamError {
  return new SlidestreamError({
    code: `plugins/${what}`,
    category: 'usage',
    message: `the plug-in ${message}`,
    where: { file },
    hint: 'A plug-in exports heads: readonly HeadSpec[] or encoders: readonly EncoderSpec[]',
    cause,
  });
}
