import type { ConvertReport, CoordsSystem, FeatureSystem, SaidUnit } from '@slidestream/formats';
import type { LabelSystem } from '@slidestream/labels';
import { type Command, Option } from 'commander';
import { annotationSystems } from '../convert/convert-annotations.js';
import type { FactsOptions } from '../convert/slide-facts.js';
import { coordsSystems } from '../options/coords-systems.js';
import { numberOption } from '../options/numbers.js';
import { resultOverSlides } from '../options/slides.js';
import type { ConfigureVerb, VerbContext, VerbResult } from '../verb.js';

const FEATURES: readonly FeatureSystem[] = ['slidestream', 'clam', 'trident', 'stamp', 'atlaspatch', 'slide2vec', 'slideflow'];
const LABELS: readonly LabelSystem[] = ['slidestream', 'reference', 'clam', 'stamp', 'slideflow', 'nnmil', 'mil-baseline', 'patho-bench'];

interface Systems<System> {
  readonly from: System;
  readonly to: System;
}

function systems(command: Command, names: readonly string[], own: string): Command {
  return command
    .addOption(new Option('--from <system>', 'whose files they are').choices(names).default(own))
    .addOption(new Option('--to <system>', 'whose layout is written').choices(names).default(own));
}

function facts(command: Command): Command {
  const positive = numberOption({ moreThan: 0 });
  return command
    .option('--facts <csv>', 'columns slide, and any of mpp, magnification, width, height, tile_size_level0, tile_size_px')
    .option('--slides <paths...>', 'the slides themselves: what the files do not say is read from them')
    .option('--mpp <µm>', 'pixel size at level 0 of all slides', positive)
    .option('--magnification <x>', 'magnification at level 0 of all slides', positive)
    .option('--tile-size-level0 <px>', 'side of a tile at level 0', positive)
    .option('--tile-size <px>', 'side of a tile as an encoder sees it', positive);
}

function resultOf(report: ConvertReport, to: string): VerbResult {
  const leftOut = report.failures.map(({ slide, error }) => ({
    slide,
    code: error.code,
    message: error.hint === undefined ? error.what : `${error.what} (${error.hint})`,
  }));
  const tiles = report.slides.reduce((sum, slide) => sum + slide.tiles, 0);
  const lines = [`${to}: ${report.slides.length} slides, ${tiles} tiles`];
  return resultOverSlides({ to, slides: report.slides, leftOut }, lines, { done: report.slides.length, leftOut });
}

function following({ onProgress, signal }: VerbContext) {
  const onSlide = (current: string, done: number, total: number): void => onProgress({ unit: 'slides', done, total, current });
  return { onSlide, signal };
}

/** `slidestream convert coords|features|annotations|labels FROM TO --from SYSTEM --to SYSTEM` */
export const configure: ConfigureVerb = (command, act) => {
  const coords = command
    .command('coords')
    .description('tile coordinates, a file a slide')
    .argument('<from>', "the system's folder, or one of its files")
    .argument('<to>', 'folder that is written to, in the layout of --to');
  facts(systems(coords, coordsSystems, 'slidestream'))
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream convert coords clam-out tiles --from clam\n  slidestream convert coords tiles trident-out --to trident --slides slides/',
    )
    .action(
      act(async (context, from: string, to: string, options: Systems<CoordsSystem> & FactsOptions) => {
        const { convertCoords } = await import('@slidestream/formats');
        const { slideFacts } = await import('../convert/slide-facts.js');
        const own = { from, to, fromSystem: options.from, toSystem: options.to, factsOf: await slideFacts(options) };
        return resultOf(await convertCoords({ ...own, ...following(context) }), to);
      }),
    );

  const features = command
    .command('features')
    .description('features, a file a slide')
    .argument('<from>', "the system's folder, or one of its files")
    .argument('<to>', 'folder that is written to, in the layout of --to')
    .option('--encoder <name>', 'which features are meant where there are several; the name to write where the files say none')
    .addOption(new Option('--coords-unit <unit>', 'what coordinates count, where the files do not say').choices(['px', 'um', 'stamp-v1']));
  facts(systems(features, FEATURES, 'slidestream'))
    .option('--coords <dir>', 'coordinates of the same tiles: what the files do not say is read from them')
    .addOption(new Option('--coords-from <system>', 'whose coordinates they are').choices(coordsSystems).default('slidestream'))
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream convert features stamp-out clam-out --from stamp --to clam --mpp 0.25\n  slidestream convert features features trident-out --to trident --coords tiles --slides slides/',
    )
    .action(
      act(
        async (
          context,
          from: string,
          to: string,
          options: Systems<FeatureSystem> & FactsOptions & { encoder?: string; coordsUnit?: SaidUnit },
        ) => {
          const { convertFeatures } = await import('@slidestream/formats');
          const { slideFacts } = await import('../convert/slide-facts.js');
          const own = { from, to, fromSystem: options.from, toSystem: options.to, factsOf: await slideFacts(options) };
          const { encoder, coordsUnit: unit } = options;
          return resultOf(await convertFeatures({ ...own, encoder, unit, ...following(context) }), to);
        },
      ),
    );

  const annotations = command
    .command('annotations')
    .description('outlines and tiles with values, a file a slide; ours are QuPath’s GeoJSON')
    .argument('<from>', 'folder or file')
    .argument('<to>', 'folder that is written to');
  systems(annotations, annotationSystems, 'qupath')
    .addHelpText('after', '\nExample:\n  slidestream convert annotations model-outputs-csv geojson --from wsinfer')
    .action(
      act(async (context, from: string, to: string, options: Systems<(typeof annotationSystems)[number]>) => {
        const { convertAnnotations } = await import('../convert/convert-annotations.js');
        const report = await convertAnnotations({ from, to, fromSystem: options.from, toSystem: options.to }, context);
        const objects = report.slides.reduce((sum, slide) => sum + slide.objects, 0);
        const lines = [`${to}: ${report.slides.length} slides, ${objects} objects`];
        return resultOverSlides({ to, ...report }, lines, { done: report.slides.length, leftOut: report.leftOut });
      }),
    );

  command
    .command('labels')
    .description('label tables; whose one is read is found by its columns')
    .argument('<from>', 'label table')
    .argument('<to>', 'CSV that is written; for STAMP a folder')
    .addOption(new Option('--to <system>', 'whose columns are written').choices(LABELS).default('slidestream'))
    .option('--slide-table <csv>', "second table, of STAMP's")
    .option('--label-column <name>', 'which column is the label, where its name does not say')
    .option('--target <name>', "name of the label's column in what is written")
    .option('--fold <n>', 'which of the columns fold_0, fold_1, … is the split', numberOption({ integer: true, atLeast: 0 }))
    .option('--keep-repeats', 'keep slides that are listed twice')
    .addHelpText('after', '\nExample:\n  slidestream convert labels clam.csv stamp-tables --to stamp --target subtype')
    .action(
      act(async (_, from: string, to: string, options: { to: LabelSystem } & Record<string, never>) => {
        const { convertLabels } = await import('../convert/convert-labels.js');
        const done = await convertLabels({ ...options, from, to, toSystem: options.to });
        const without = done.leftOut.length === 0 ? '' : `\n  ${options.to} has no column for: ${done.leftOut.join(', ')}`;
        return { json: done, text: `${done.files.join(', ')}: ${done.rows} slides${without}` };
      }),
    );
};
