import type { ConfigureVerb } from './verb.js';

/** A verb as `--help` lists it; its module is loaded only when it is called. */
export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly configure: ConfigureVerb }>;
}

/** Every verb, in the order of `--help`. */
export const verbs: readonly VerbEntry[] = [
  { name: 'doctor', summary: 'check this machine: engine, LMDB, codecs, space', load: () => import('./verbs/doctor.js') },
  { name: 'info', summary: 'what a slide file says of itself', load: () => import('./verbs/info.js') },
  { name: 'region', summary: 'write one region of a slide as PNG', load: () => import('./verbs/region.js') },
  { name: 'list', summary: 'encoders, heads, presets there are', load: () => import('./verbs/list.js') },
  { name: 'config', summary: 'schema for editors, check a configuration, import the reference’s', load: () => import('./verbs/config.js') },
  { name: 'weights', summary: 'look into state dicts and convert them', load: () => import('./verbs/weights.js') },
  { name: 'conform', summary: 'run golden vectors', load: () => import('./verbs/conform.js') },
];
