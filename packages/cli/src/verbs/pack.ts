import type { SlideReader } from '@slidestream/slides';
import { Option } from 'commander';
import { numberOption } from '../options/numbers.js';
import { readerOption } from '../options/reader.js';
import { resultOverSlides, slidesOfShard } from '../options/slides.js';
import type { ConfigureVerb } from '../verb.js';

interface PackVerbOptions {
  readonly coords: string;
  readonly slides: readonly string[];
  readonly store: string;
  readonly size?: number;
  readonly quality: number;
  readonly slideMpp?: number;
  readonly missingTiles: 'error' | 'white';
  readonly reader: SlideReader;
  readonly jobs?: number;
  readonly shard?: string;
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
    .option('--shard <i/n|auto>', 'do every n-th slide only; give each shard a --store of its own')
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream pack --coords tiles --slides slides/ --store tiles.lmdb\n  slidestream pack --coords tiles --slides slides/ --store tiles224.lmdb --size 224 --json',
    )
    .action(
      act(async (context, options: PackVerbOptions) => {
        const { packTiles } = await import('@slidestream/pipelines');
        const summary = await packTiles(
          {
            coords: options.coords,
            slides: await slidesOfShard(options.slides, options.shard),
            store: options.store,
            tileSizePx: options.size,
            jpegQuality: options.quality,
            workers: options.jobs,
            mppIfUnknown: options.slideMpp,
            missingTiles: options.missingTiles,
            reader: options.reader,
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
        return resultOverSlides(summary, lines, { done: summary.packed + summary.alreadyThere, leftOut: summary.failures });
      }),
    );
};
