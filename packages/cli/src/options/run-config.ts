import { type LoadedConfig, loadRunConfig, type RunConfig, readPluginNames } from '@slidestream/config';

/**
 * Reads a run's YAML and checks it against the heads and encoders there are, those of its plug-ins included; in the result plug-ins are
 * absolute paths, so that the run folder finds them again.
 *
 * @throws ConfigError, SlidestreamError `io/*`, `plugins/*`
 */
export async function loadRun(file: string, set: readonly string[]): Promise<LoadedConfig<RunConfig>> {
  const { names, folder } = await readPluginNames(file, { set });
  const plugins = await pluginFiles(names, folder);
  const { heads, encoders } = await registriesOf(plugins);
  const schemas = Object.fromEntries(heads.names.map((name) => [name, heads.get(name).schema]));
  const resolved = plugins.length === 0 ? set : [...set, `plugins=${JSON.stringify(plugins)}`];
  return loadRunConfig(file, { set: resolved, choices: { encoders: encoders.names, heads: schemas } });
}

async function pluginFiles(names: readonly string[], folder: string): Promise<string[]> {
  if (names.length === 0) return [];
  const { resolvePlugin } = await import('@slidestream/pipelines');
  return names.map((name) => resolvePlugin(name, folder));
}

/** Checking a configuration without plug-ins needs no pipelines, which take long to load. */
async function registriesOf(plugins: readonly string[]) {
  if (plugins.length > 0) return (await import('@slidestream/pipelines')).withPlugins(plugins);
  const [{ heads }, { encoders }] = await Promise.all([import('@slidestream/mil-heads'), import('@slidestream/backbones')]);
  return { heads, encoders };
}
