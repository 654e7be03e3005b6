import { dirname } from 'node:path';
import { z } from 'zod';
import { type LoadConfigOptions, loadConfig } from '../load-config.js';

/**
 * The plug-ins that a configuration names, before anything else of it is checked: what else it may name depends on them.
 *
 * @returns names as written, and the folder that they are relative to: the working directory when `--set` gave them
 * @throws ConfigError, SlidestreamError `io/*`
 */
export async function readPluginNames(
  file: string,
  options: Pick<LoadConfigOptions, 'set' | 'cwd'> = {},
): Promise<{ readonly names: readonly string[]; readonly folder: string }> {
  const schema = z.looseObject({ plugins: z.array(z.string().min(1)).default([]) });
  const loaded = await loadConfig(file, schema, options);
  const fromSet = loaded.sourceOf(['plugins']).startsWith('--set');
  return { names: loaded.value.plugins, folder: fromSet ? (options.cwd ?? process.cwd()) : dirname(loaded.file) };
}
