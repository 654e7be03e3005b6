import { type LoadedConfig, loadRunConfig, type RunConfig } from '@slidestream/config';

/** Reads a run's YAML and checks it against the heads and encoders there are. @throws ConfigError, SlidestreamError `io/*` */
export async function loadRun(file: string, set: readonly string[]): Promise<LoadedConfig<RunConfig>> {
  const [{ heads }, { encoders }] = await Promise.all([import('@slidestream/mil-heads'), import('@slidestream/backbones')]);
  const schemas = Object.fromEntries(heads.names.map((name) => [name, heads.get(name).schema]));
  return loadRunConfig(file, { set, choices: { encoders: encoders.names, heads: schemas } });
}
