import { SlidestreamError } from '@slidestream/core';
import type { SlideReader } from '@slidestream/slides';
import type { TileScale, TilingParameters, TissueMethodName } from '@slidestream/tiling';
import { InvalidArgumentError, Option } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { numberOption } from '../options/numbers.js';
import { readerOption } from '../options/reader.js';
import { addSharingOptions, type SharingVerbOptions, sharingOf } from '../options/sharing.js';
import { resultOverSlides } from '../options/slides.js';
import { addTileChoice, type TileChoiceOptions, tileChoice, tileLimits } from '../options/tile-choice.js';
import { oneScale } from '../options/tile-scale.js';
import type { ConfigureVerb } from '../verb.js';

interface TileOptions extends SharingVerbOptions, TileChoiceOptions {
  readonly out: string;
  readonly patchSize: number;
  readonly step?: number;
  readonly level?: number;
  readonly mpp?: number;
  readonly mag?: number;
  readonly scale: readonly (readonly [string, TileScale])[];
  readonly align?: 'file';
  readonly preset?: string;
  readonly processList?: string;
  readonly slideMpp?: number;
  readonly pixelSizes?: string;
  readonly method?: TissueMethodName;
  readonly overlap?: number;
  readonly reader: SlideReader;
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
    .requiredOption('--out <dir>', 'folder for patches/, contours/, masks/, stitches/, contact/ and the process list')
    .option('--patch-size <px>', 'side of a tile in output pixels', numberOption({ integer: true, atLeast: 1 }), 256)
    .option('--step <px>', 'output pixels between tiles (default: the patch size)', numberOption({ integer: true, atLeast: 1 }))
    .option('--overlap <px>', 'output pixels that tiles share, instead of --step', numberOption({ integer: true, atLeast: 0 }))
    .option('--level <n>', 'pyramid level', numberOption({ integer: true, atLeast: 0 }))
    .option('--mpp <µm>', 'µm per output pixel', positive)
    .option('--mag <x>', 'magnification', positive)
    .option(
      '--scale <name=scale...>',
      'several scales in one run, for example high=0.5 low=2, high=20x low=5x, or high=level:0',
      collectScale,
      [],
    )
    .addOption(
      new Option('--align <grid>', "file: tiles are the file's own, which pack keeps undecoded; --patch-size must be theirs").choices([
        'file',
      ]),
    )
    .option('--preset <name|file>', 'bwh_biopsy, bwh_resection, tcga, tcga_nsclc, or a preset CSV')
    .addOption(
      new Option(
        '--method <name>',
        'tissue by colour (CLAM), by its Otsu threshold, or, for IHC and pale stains, by brightness or structure',
      )
        .choices(['saturation', 'otsu', 'brightness', 'entropy'])
        .default(undefined, 'saturation'),
    )
    .option('--contour-fn <name>', 'four_pt, four_pt_hard, center, basic')
    .option('--process-list <csv>', "CLAM's process list: only its slides, with its parameters")
    .option('--slide-mpp <µm>', 'pixel size of slides that do not say it', positive)
    .option('--pixel-sizes <csv>', 'columns slide (or wsi) and mpp: stands above what the slides say')
    .addOption(readerOption())
    .option('--no-pictures', 'no masks, stitches and contact sheets')
    .option('--jobs <n>', 'slides at a time', numberOption({ integer: true, atLeast: 1 }))
    .option('--up-to-failures <n>', 'stop when more slides than this fail', numberOption({ integer: true, atLeast: 0 }));
  addSharingOptions(command);
  addTileChoice(command);
  for (const [flag, what, parse] of PARAMETERS) {
    if (parse === undefined) command.option(flag, what);
    else command.option(flag, what, parse);
  }
  command
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream tile slides/ --out tiles --mpp 0.5 --preset tcga\n  slidestream tile a.svs b.svs --out tiles --level 0 --patch-size 256\n  slidestream tile slides/ --out tiles --level 0 --patch-size 256 --align file\n  slidestream tile slides/ --out tiles --scale high=0.5 low=2\n  slidestream tile ihc/ --out tiles --mag 20 --method brightness --min-tissue 0.25 --reject pen blur\n  slidestream tile slides/ --out tiles --mpp 0.5 --annotations qupath/ --include Tumor --exclude Necrosis\n\nAny number of workers may share --out: start the same command on each.',
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
            parameters: await resolveParameters({ preset: options.preset, method: options.method, overrides: given }),
            processList: options.processList,
            pixelSizes: options.pixelSizes,
            limits: tileLimits(options),
            choice: tileChoice(options),
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
        lines.push(...Object.entries(summary.rejected).map(([name, counts]) => `  left out at ${name}: ${describeCounts(counts)}`));
        if (summary.empty > 0) lines.push(`  ${summary.empty} slides have no tiles`);
        for (const { id, hint } of summary.slides.filter((slide) => slide.hint !== undefined).slice(0, 5)) lines.push(`  ${id}: ${hint}`);
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

function scalesOf(options: TileOptions): ReadonlyMap<string, TileScale> {
  const { scale, patchSize, level, mpp, mag, align } = options;
  const step = stepOf(options);
  if (scale.length === 0) return new Map([['high', { ...oneScale({ level, mpp, mag, patchSize, step }), align }]]);
  if ([level, mpp, mag].some((value) => value !== undefined)) throw usage('give one of --level, --mpp, --mag, --scale');
  const scales = new Map(scale.map(([name, one]) => [name, { ...one, tileSizePx: patchSize, stepPx: step, align }]));
  if (scales.size < scale.length) throw usage('two scales have one name');
  return scales;
}

function stepOf({ patchSize, step, overlap }: TileOptions): number | undefined {
  if (overlap === undefined) return step;
  if (step !== undefined) throw usage('give --step or --overlap, not both');
  if (overlap >= patchSize) throw usage(`--overlap must be below --patch-size (${patchSize})`);
  return patchSize - overlap;
}

function describeCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
}

function collectScale(text: string, before: TileOptions['scale']): TileOptions['scale'] {
  const match = /^([\w.-]+)=(?:(level:)(\d+)|(\d+(?:\.\d+)?)(x?))$/.exec(text);
  if (match === null) throw new InvalidArgumentError('must be NAME=MPP, NAME=20x or NAME=level:0.');
  const [, name = '', byLevel, level, size, times] = match;
  const at =
    byLevel !== undefined
      ? ({ kind: 'level', level: Number(level) } as const)
      : times === 'x'
        ? ({ kind: 'magnification', magnification: Number(size) } as const)
        : ({ kind: 'mpp', mpp: Number(size) } as const);
  return [...before, [name, { tileSizePx: 0, at }]];
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
