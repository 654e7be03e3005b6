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
  { name: 'init', summary: 'a commented configuration to begin with', load: () => import('./verbs/init.js') },
  { name: 'plan', summary: 'what a run would take: slides, tiles, disk, time, memory', load: () => import('./verbs/plan.js') },
  { name: 'tile', summary: 'find tissue and lay the tile grid', load: () => import('./verbs/tile.js') },
  { name: 'pack', summary: 'write tiles into a tile store', load: () => import('./verbs/pack.js') },
  {
    name: 'store',
    summary: 'what is in a tile store, is it sound; import, export, merge, compact',
    load: () => import('./verbs/store.js'),
  },
  { name: 'embed', summary: 'features of every slide by an encoder', load: () => import('./verbs/embed.js') },
  {
    name: 'convert',
    summary: 'coordinates, features, annotations and labels of other tools, both ways',
    load: () => import('./verbs/convert.js'),
  },
  { name: 'train', summary: 'train and test a model as a configuration says', load: () => import('./verbs/train.js') },
  { name: 'evaluate', summary: 'metrics of a run with intervals', load: () => import('./verbs/evaluate.js') },
  { name: 'predict', summary: 'predict slides with a run', load: () => import('./verbs/predict.js') },
  { name: 'heatmap', summary: 'attention and class heatmaps of a slide', load: () => import('./verbs/heatmap.js') },
  { name: 'report', summary: 'one HTML file of a finished run', load: () => import('./verbs/report.js') },
  { name: 'run', summary: 'the whole chain from slides and labels to report', load: () => import('./verbs/run.js') },
  {
    name: 'status',
    summary: 'how every slide of an output stands, why one was left out, who has it',
    load: () => import('./verbs/status.js'),
  },
  { name: 'cluster', summary: 'a job for Slurm or Kubernetes that shares slides among workers', load: () => import('./verbs/cluster.js') },
  { name: 'compare', summary: 'runs held against each other on the same cases', load: () => import('./verbs/compare.js') },
  { name: 'list', summary: 'encoders, heads, presets there are', load: () => import('./verbs/list.js') },
  { name: 'config', summary: 'schema for editors, check a configuration, import the reference’s', load: () => import('./verbs/config.js') },
  { name: 'weights', summary: 'look into state dicts and convert them', load: () => import('./verbs/weights.js') },
  { name: 'new', summary: 'lay out a package with a head or an encoder of your own', load: () => import('./verbs/new.js') },
  { name: 'conform', summary: 'run golden vectors', load: () => import('./verbs/conform.js') },
];
