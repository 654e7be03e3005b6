import type { SlideReader } from '@slidestream/slides';
import { Option } from 'commander';
import { numberOption } from '../options/numbers.js';
import { readerOption } from '../options/reader.js';
import { addSharingOptions, type SharingVerbOptions, sharingOf } from '../options/sharing.js';
import { resultOverSlides } from '../options/slides.js';
import type { ConfigureVerb } from '../verb.js';

interface PackVerbOptions extends SharingVerbOptions {
  readonly coords: string;
  readonly slides: readonly string[];
  readonly store: string;
  readonly size?: number;
  readonly quality: number;
  readonly slideMpp?: number;
  readonly allowNetworkFs?: true;
  readonly missingTiles: 'error' | 'white';
  readonly reader: SlideReader;
  readonly jobs?: number;
  readonly shared?: true;
}

/** `slidestream pack --coords DIR --slides DIR --store F.lmdb` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .requiredOption('--coords <dir>', "tile's --out, or CLAM's folder with patches/")
    .requiredOption('--slides <paths...>', 'files, folders (searched), or a CSV of slides')
    .requiredOption('--store <file>', 'tile store to write; further scales get their name before the ending')
    .option('--size <px>', 'side of the stored tile (default: as the coordinates say)', numberOption({ integer: true, atLeast: 1 }))
    .option('--quality <n>', 'JPEG quality, 1 to 100', numberOption({ integer: true, atLeast: 1 }), 80)
    .option('--slide-mpp <µm>', 'pixel size of slides that do not say it', numberOption({ moreThan: 0 }))
    .addOption(new Option('--missing-tiles <what>', 'a part that the file does not hold').choices(['error', 'white']).default('error'))
    .addOption(readerOption())
    .option('--jobs <n>', 'processes that read and compress tiles (default: one a core)', numberOption({ integer: true, atLeast: 1 }))
    .option('--allow-network-fs', 'write the store on NFS, Lustre and the like, at the risk of a torn one')
    .option(
      '--shared',
      'other workers, here or on other machines, pack into the same store; without it, give each --shard a --store of its own',
    );
  addSharingOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream pack --coords tiles --slides slides/ --store tiles.lmdb\n  slidestream pack --coords tiles --slides slides/ --store tiles224.lmdb --size 224 --json\n  slidestream pack --coords tiles --slides slides/ --store tiles.lmdb --shared',
    )
    .action(
      act(async (context, options: PackVerbOptions) => {
        const { packTiles } = await import('@slidestream/pipelines');
        const summary = await packTiles(
          {
            coords: options.coords,
            slides: options.slides,
            store: options.store,
            tileSizePx: options.size,
            jpegQuality: options.quality,
            workers: options.jobs,
            mppIfUnknown: options.slideMpp,
            allowNetworkFileSystem: options.allowNetworkFs,
            missingTiles: options.missingTiles,
            reader: options.reader,
            shared: options.shared,
            sharing: sharingOf(options),
          },
          context,
        );
        const scales = Object.entries(summary.stores).map(([scale, store]) => `${store}: ${summary.tiles[scale] ?? 0} tiles written`);
        const lines = [
          ...scales,
          `  ${summary.packed} slides packed, ${summary.alreadyThere} were there, in ${summary.seconds.toFixed(1)} s`,
        ];
        if (summary.withoutTiles.length > 0)
          lines.push(`  ${summary.withoutTiles.length} slides have no tiles: ${summary.withoutTiles.slice(0, 5).join(', ')}`);
        if (!summary.whole) lines.push('  other workers have slides yet: the one that packs the last puts the store together');
        return resultOverSlides(summary, lines, {
          done: summary.packed + summary.alreadyThere,
          leftOut: summary.failures,
          minSuccess: options.minSuccess,
        });
      }),
    );
};
