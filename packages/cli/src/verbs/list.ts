import { SlidestreamError } from '@slidestream/core';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly [detail: string]: unknown;
}

/** What can be listed; each loads only the package that knows. */
const LISTS: Readonly<Record<string, () => Promise<readonly Listed[]>>> = {
  encoders: async () => {
    const { encoders } = await import('@slidestream/backbones');
    return encoders.names.map((name) => {
      const { summary, paper, featureDim, inputSizePx, normalisation, stages } = encoders.get(name);
      return { name, summary, paper, featureDim, inputSizePx, normalisation, stages };
    });
  },
  heads: async () => {
    const { heads } = await import('@slidestream/mil-heads');
    return heads.names.map((name) => {
      const { summary, paper, tasks, defaults, schema } = heads.get(name);
      return { name, summary, paper, tasks, defaults, schema };
    });
  },
  presets: async () => {
    const { defaultParameters, presets } = await import('@slidestream/tiling');
    const all = { default: defaultParameters, ...presets };
    return Object.entries(all).map(([name, parameters]) => ({ name, summary: 'tissue segmentation', parameters }));
  },
  schedules: async () => [
    { name: 'cosine', summary: 'cosine decay with a linear warm-up inside its period' },
    { name: 'step', summary: 'a fifth at every half of the epochs' },
    { name: 'constant', summary: 'the same learning rate for ever' },
  ],
  losses: async () => [
    { name: 'cross-entropy', summary: 'classification' },
    { name: 'discrete-time negative log-likelihood', summary: 'survival' },
  ],
};

/** `slidestream list encoders|heads|losses|schedules|presets` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('<kind>', Object.keys(LISTS).join(', '))
    .addHelpText('after', '\nExamples:\n  slidestream list heads\n  slidestream list encoders --json')
    .action(
      act(async (_, kind: string) => {
        const load = Object.hasOwn(LISTS, kind) ? LISTS[kind] : undefined;
        if (load === undefined) {
          throw new SlidestreamError({
            code: 'cli/usage',
            category: 'usage',
            message: `there is no list of "${kind}"`,
            hint: `There are ${Object.keys(LISTS).join(', ')}`,
          });
        }
        const entries = await load();
        return { json: entries, text: formatTable(entries.map(({ name, summary }) => [name, summary])) };
      }),
    );
};
