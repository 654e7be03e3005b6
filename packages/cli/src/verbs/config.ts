import { SlidestreamError } from '@slidestream/core';
import type { ConfigureVerb } from '../verb.js';

/** `slidestream config schema|check|import` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .command('schema')
    .description('JSON Schema of a run, for editors')
    .option('--out <file>', 'write it there instead of printing it')
    .addHelpText('after', '\nExample:\n  slidestream config schema --out configs/schema.json')
    .action(
      act(async (_, options: { out?: string }) => {
        const { runJsonSchema } = await import('@slidestream/config');
        const schema = runJsonSchema();
        if (options.out === undefined) return { json: schema, text: JSON.stringify(schema, null, 2) };
        const { writeFileAtomic } = await import('@slidestream/core/node');
        await writeFileAtomic(options.out, `${JSON.stringify(schema, null, 2)}\n`);
        return { json: { out: options.out }, text: options.out };
      }),
    );
  command
    .command('check')
    .description('check a configuration and print it with every default')
    .argument('<file>', 'YAML of a run')
    .option('--set <key=value...>', 'overrides, for example training.epochs=5')
    .addHelpText('after', '\nExample:\n  slidestream config check configs/cohort-e2e.yaml --set training.epochs=5')
    .action(
      act(async (_, file: string, options: { set?: string[] }) => {
        const { loadRun } = await import('../options/run-config.js');
        const config = await loadRun(file, options.set ?? []);
        return { json: config.value, text: config.toYaml().trimEnd() };
      }),
    );
  command
    .command('import')
    .description("the reference's YAML as one of ours")
    .argument('<files...>', 'YAML files of the reference; later ones win')
    .option('--set <option=value...>', "what the reference's command line adds, under its own names")
    .option('--out <file>', 'write it there instead of printing it')
    .addHelpText(
      'after',
      '\nExample:\n  slidestream config import r18_panda.yaml --set datasets=panda dataset_root=panda20x.lmdb dataset_sub_root=panda5x.lmdb --out panda.yaml',
    )
    .action(
      act(async ({ logger }, files: string[], options: { set?: string[]; out?: string }) => {
        const { importReferenceConfig } = await import('@slidestream/config');
        const imported = await importReferenceConfig(files, Object.fromEntries((options.set ?? []).map(optionOf)));
        for (const note of imported.notes) logger.warn(note);
        const json = { config: imported.config, notes: imported.notes };
        if (options.out === undefined) return { json, text: imported.yaml.trimEnd() };
        const { writeFileAtomic } = await import('@slidestream/core/node');
        await writeFileAtomic(options.out, imported.yaml);
        return { json, text: options.out };
      }),
    );
};

function optionOf(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at).replace(/^-+/, ''), text.slice(at + 1)];
  throw new SlidestreamError({ code: 'cli/usage', category: 'usage', message: `--set "${text}" is no OPTION=VALUE` });
}
