import { SlidestreamError } from '@slidestream/core';
import type { ConfigureVerb } from '../verb.js';

/** `slidestream new head|encoder NAME` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('<kind>', 'head or encoder')
    .argument('<name>', 'name of the package, top-k or @acme/top-k; its last part is what a configuration calls it')
    .option('--out <dir>', 'folder of the package (default: the last part of the name)')
    .addHelpText('after', '\nExamples:\n  slidestream new head top-k\n  slidestream new encoder @acme/tiny-net --out packages/tiny-net')
    .action(
      act(async (_, kind: string, name: string, options: { out?: string }) => {
        if (kind !== 'head' && kind !== 'encoder') {
          throw new SlidestreamError({
            code: 'cli/usage',
            category: 'usage',
            message: `there is no template of "${kind}"`,
            hint: 'head or encoder',
          });
        }
        const [{ namesFrom }, { packageFiles }, { writePackage }] = await Promise.all([
          import('../new/package-name.js'),
          import('../new/package-files.js'),
          import('../new/write-package.js'),
        ]);
        const names = namesFrom(name);
        const folder = options.out ?? names.specName;
        const files = packageFiles(kind, names);
        await writePackage(folder, files);
        const next = `cd ${folder} && npm install && npm run build && npm test`;
        return {
          json: { folder, package: names.packageName, name: names.specName, files: [...files.keys()] },
          text: `${folder}: ${files.size} files\n${next}`,
        };
      }),
    );
};
