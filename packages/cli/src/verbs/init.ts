import { existsSync } from 'node:fs';
import { SlidestreamError } from '@slidestream/core';
import { Option } from 'commander';
import type { ConfigureVerb } from '../verb.js';

interface InitVerbOptions {
  readonly task: 'classification' | 'survival';
  readonly mode: 'end-to-end' | 'features';
  readonly slides: string;
  readonly labels: string;
  readonly force?: true;
}

/** `slidestream init [FILE]` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('[file]', 'YAML to write', 'slidestream.yaml')
    .addOption(new Option('--task <name>', 'what is learned').choices(['classification', 'survival']).default('classification'))
    .addOption(
      new Option('--mode <name>', 'train the encoder too, or a head on frozen features')
        .choices(['end-to-end', 'features'])
        .default('end-to-end'),
    )
    .option('--slides <path>', 'where the slides are, as the file is to say it', 'slides')
    .option('--labels <csv>', 'label table, as the file is to say it', 'labels.csv')
    .option('--force', 'write over a file that is there')
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream init\n  slidestream init survival.yaml --task survival --slides /mnt/wsi --labels outcome.csv',
    )
    .action(
      act(async (_, file: string, options: InitVerbOptions) => {
        if (options.force !== true && existsSync(file)) throw fileThere(file);
        const { commentedConfig } = await import('@slidestream/config');
        const { writeFileAtomic } = await import('@slidestream/core/node');
        await writeFileAtomic(file, commentedConfig(options));
        const next = `slidestream plan -c ${file}`;
        return { json: { file }, text: `${file}: see what it would take by ${next}` };
      }),
    );
};

function fileThere(file: string): SlidestreamError {
  return new SlidestreamError({
    code: 'cli/file-there',
    category: 'usage',
    message: 'this file is there already',
    where: { file },
    hint: 'Choose another name, or write over it with --force',
  });
}
