import { SlidestreamError } from '@slidestream/core';
import type { SlideReader } from '@slidestream/slides';
import type { TileScale, TilingParameters } from '@slidestream/tiling';
import { InvalidArgumentError } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { numberOption } from '../options/numbers.js';
import { readerOption } from '../options/reader.js';
import { addSharingOptions, type SharingVerbOptions, sharingOf } from '../options/sharing.js';
import { resultOverSlides } from '../options/slides.js';
import { oneScale } from '../options/tile-scale.js';
import type { ConfigureVerb } from '../verb.js';

interface TileOptions extends SharingVerbOptions {
  readonly out: string;
  readonly patchSize: number;
  readonly step?: number;
  readonly level?: number;
  readonly mpp?: number;
  readonly mag?: number;
  readonly scale: readonly (readonly [string, TileScale])[];
  readonly preset?: string;
  readonly processList?: string;
  readonly slideMpp?: number;
  readonly reader: SlideReader;
  readonly allowCoarse?: true;
  readonly allowUpsampling?: true;
  readonly pictures: boolean;
  readonly jobs?: number;
  readonly upToFailures?: number;
  readonly [parameter: string]: unknown;
}

const integer = numberOption({ integer: true });
const number = numberOption({ atLeast: 0 });

/** Every segmentation parameter under CLAM's name, `--a-t` for `a_t`. */
const PARAMETERS: readonly (readonly [flag: string, what: string, parse: ((text: string) => unknown) | undefined])[] = [
  ['--seg-level <n>', 'level that is segmented; -1: nearest to a downsample of 64', integer],
  ['--sthresh <n>', 'threshold of saturation', number],
  ['--mthresh <n>', 'side of the median filter, odd', integer],
  ['--close <n>', 'side of the closing', integer],
  ['--use-otsu', "Otsu's threshold instead", undefined],
  ['--keep-ids <ids>', 'contours to keep, comma-separated', ids],
  ['--exclude-ids <ids>', 'contours to leave out, comma-separated', ids],
  ['--a-t <n>', 'least area of tissue, in squares of 512 px', number],
  ['--a-h <n>', 'least area of a hole', number],
  ['--max-n-holes <n>', 'holes kept per contour', integer],
  ['--vis-level <n>', 'level of the mask image', integer],
  ['--line-thickness <n>', 'line width of the mask image', number],
  ['--no-use-padding', 'tiles stay inside the slide', undefined],
];

/** `slidestream tile SLIDES… --out DIR` */
export const configure: ConfigureVerb = (command, act) => {
  const positive = numberOption({ moreThan: 0 });
  command
    .argument('<slides...>', 'files, folders (searched), or a CSV of slides')
    .requiredOption('--out <dir>', 'folder for patches/, masks/, stitches/, contours/ and the process list')
    .option('--patch-size <px>', 'side of a tile in output pixels', numberOption({ integer: true, atLeast: 1 }), 256)
    .option('--step <px>', 'output pixels between tiles (default: the patch size)', numberOption({ integer: true, atLeast: 1 }))
    .option('--level <n>', 'pyramid level', numberOption({ integer: true, atLeast: 0 }))
    .option('--mpp <µm>', 'µm per output pixel', positive)
    .option('--mag <x>', 'magnification', positive)
    .option('--scale <name=mpp...>', 'several scales in one run, for example high=0.5 low=2', collectScale, [])
    .option('--preset <name|file>', 'bwh_biopsy, bwh_resection, tcga, tcga_nsclc, or a preset CSV')
    .option('--contour-fn <name>', 'four_pt, four_pt_hard, center, basic')
    .option('--process-list <csv>', "CLAM's process list: only its slides, with its parameters")
    .option('--slide-mpp <µm>', 'pixel size of slides that do not say it', positive)
    .addOption(readerOption())
    .option('--allow-coarse', 'take scales above 20 µm/px')
    .option('--allow-upsampling', 'enlarge where a slide is coarser than asked')
    .option('--no-pictures', 'no masks and stitches')
    .option('--jobs <n>', 'slides at a time', numberOption({ integer: true, atLeast: 1 }))
    .option('--up-to-failures <n>', 'stop when more slides than this fail', numberOption({ integer: true, atLeast: 0 }));
  addSharingOptions(command);
  for (const [flag, what, parse] of PARAMETERS) {
    if (parse === undefined) command.option(flag, what);
    else command.option(flag, what, parse);
  }
  command
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream tile slides/ --out tiles --mpp 0.5 --preset tcga\n  slidestream tile a.svs b.svs --out tiles --level 0 --patch-size 256\n  slidestream tile slides/ --out tiles --scale high=0.5 low=2\n\nAny number of workers may share --out: start the same command on each.',
    )
    .action(
      act(async (context, slides: string[], options: TileOptions, command: { getOptionValueSource(name: string): string | undefined }) => {
        const { tileSlides } = await import('@slidestream/pipelines');
        const { resolveParameters } = await import('@slidestream/tiling');
        const given = givenParameters(options, (name) => command.getOptionValueSource(name) === 'cli');
        const summary = await tileSlides(
          {
            slides,
            sharing: sharingOf(options),
            out: options.out,
            scales: scalesOf(options),
            parameters: await resolveParameters({ preset: options.preset, overrides: given }),
            processList: options.processList,
            limits: { allowCoarse: options.allowCoarse, allowUpsampling: options.allowUpsampling },
            mppIfUnknown: options.slideMpp,
            reader: options.reader,
            pictures: options.pictures,
            concurrency: options.jobs,
            upToFailures: options.upToFailures,
          },
          context,
        );
        const tiles = Object.entries(summary.tiles).map(([name, count]) => `${count} tiles at ${name}`);
        const lines = [`${summary.out}: ${summary.processed} slides tiled, ${summary.alreadyThere} were there, ${tiles.join(', ')}`];
        if (summary.empty > 0) lines.push(`  ${summary.empty} slides have no tiles`);
        const leftOut = summary.slides
          .filter((slide) => slide.message !== undefined)
          .map((slide) => ({ slide: slide.id, code: slide.reason ?? '', message: slide.message ?? '' }));
        const result = resultOverSlides(summary, lines, {
          done: summary.processed + summary.alreadyThere,
          leftOut,
          minSuccess: options.minSuccess,
        });
        // Nothing ends with success and no output; a part of the slides may have none.
        const nothing =
          options.shard === undefined &&
          summary.slides.length > summary.notAsked &&
          Object.values(summary.tiles).every((count) => count === 0);
        return nothing ? { ...result, exitCode: exitCodes.data } : result;
      }),
    );
};

function scalesOf({ scale, patchSize, step, level, mpp, mag }: TileOptions): ReadonlyMap<string, TileScale> {
  if (scale.length === 0) return new Map([['high', oneScale({ level, mpp, mag, patchSize, step })]]);
  if ([level, mpp, mag].some((value) => value !== undefined)) throw usage('give one of --level, --mpp, --mag, --scale');
  return new Map(scale.map(([name, one]) => [name, { ...one, tileSizePx: patchSize, stepPx: step }]));
}

function collectScale(text: string, before: TileOptions['scale']): TileOptions['scale'] {
  const match = /^([\w.-]+)=(\d+(?:\.\d+)?)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('must be NAME=MPP.');
  return [...before, [match[1] as string, { tileSizePx: 0, at: { kind: 'mpp', mpp: Number(match[2]) } }]];
}

/** Parameters that were given on the command line, under CLAM's names. */
function givenParameters(options: TileOptions, isGiven: (name: string) => boolean): Partial<TilingParameters> {
  const names = [...PARAMETERS.map(([flag]) => flag), '--contour-fn'].map((flag) => (flag.split(' ')[0] ?? '').replace(/^--(no-)?/, ''));
  const entries = names.flatMap((name) => {
    const key = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    return isGiven(key) ? [[name.replaceAll('-', '_'), options[key]]] : [];
  });
  return Object.fromEntries(entries) as Partial<TilingParameters>;
}

function ids(text: string): number[] {
  const values = text.split(',').map(Number);
  if (!values.every((value) => Number.isInteger(value) && value >= 0))
    throw new InvalidArgumentError('must be numbers separated by commas.');
  return values;
}

function usage(message: string, hint?: string): SlidestreamError {
  return new SlidestreamError({ code: 'cli/usage', category: 'usage', message, hint });
}
