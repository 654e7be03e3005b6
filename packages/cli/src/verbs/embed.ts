import { SlidestreamError } from '@slidestream/core';
import { InvalidArgumentError, Option } from 'commander';
import { channelOrder } from '../options/channel-order.js';
import { numberOption } from '../options/numbers.js';
import { addSharingOptions, type SharingVerbOptions, sharingOf } from '../options/sharing.js';
import { leftOutOf, resultOverSlides } from '../options/slides.js';
import { oneScale, type ScaleOptions } from '../options/tile-scale.js';
import type { ConfigureVerb } from '../verb.js';

interface EmbedVerbOptions extends ScaleOptions, SharingVerbOptions {
  readonly store?: string;
  readonly only?: readonly string[];
  readonly slides?: readonly string[];
  readonly coords?: string;
  readonly scale?: string;
  readonly preset?: string;
  readonly slideMpp?: number;
  readonly missingTiles: 'error' | 'white';
  readonly encoder: readonly string[];
  readonly weights?: readonly (readonly [encoder: string | undefined, file: string])[];
  readonly channelOrder?: 'rgb' | 'bgr';
  readonly partialWeights?: boolean;
  readonly out: string;
  readonly format: 'pt' | 'h5' | 'safetensors';
  readonly inputSize?: number;
  readonly tilesPerChunk?: number;
}

/** `slidestream embed (--store F | --slides DIR) --encoder E --out DIR` */
export const configure: ConfigureVerb = (command, act) => {
  const count = numberOption({ integer: true, atLeast: 1 });
  const positive = numberOption({ moreThan: 0 });
  command
    .option('--store <file>', 'tile store to take tiles from')
    .option('--only <ids...>', 'these slides of the store only')
    .option('--slides <paths...>', 'files, folders (searched), or a CSV: tiles are read from the slides, no store is needed')
    .option('--coords <dir>', "with --slides: the tiles that tile's --out, or CLAM's folder, lists")
    .option('--scale <name>', 'which scale of --coords (default: the first)')
    .option(
      '--level <n>',
      'with --slides, without --coords: lay the tiles now, at this pyramid level',
      numberOption({ integer: true, atLeast: 0 }),
    )
    .option('--mpp <µm>', 'or at this many µm per pixel', positive)
    .option('--mag <x>', 'or at this magnification', positive)
    .option('--patch-size <px>', 'side of such a tile', count, 256)
    .option('--step <px>', 'pixels between such tiles (default: the patch size)', count)
    .option('--preset <name|file>', 'segmentation parameters for such tiles, as in tile')
    .option('--slide-mpp <µm>', 'pixel size of slides that do not say it', positive)
    .addOption(new Option('--missing-tiles <what>', 'a part that a slide file does not hold').choices(['error', 'white']).default('error'))
    .requiredOption('--encoder <names...>', '`slidestream list encoders`; several see the same pixels, which are read once', collectNames)
    .option('--weights <[encoder=]file...>', 'state dict of the encoder; of several, each by its name', collectWeights)
    .option('--channel-order <order>', 'rgb or bgr: order of channels where the weights were trained', channelOrder, 'rgb')
    .option('--partial-weights', 'take weights that do not fit wholly')
    .requiredOption('--out <dir>', 'folder for one feature file a slide; with several encoders, for a folder of each')
    .addOption(new Option('--format <name>', 'of the feature files').choices(['pt', 'h5', 'safetensors']).default('pt'))
    .option('--input-size <px>', "side to which tiles are resized (default: the encoder's own)", count)
    .option('--tiles-per-chunk <n>', 'tiles in an encoder at a time: bounds memory', count);
  addSharingOptions(command)
    .addHelpText(
      'after',
      `
Features from slides are those from a store up to its JPEG compression.

Examples:
  slidestream embed --store tiles.lmdb --encoder efficientnet-lite0 --weights lite0.safetensors --out features --format h5
  slidestream embed --slides slides/ --coords tiles --encoder uni,r50 --weights uni=uni.bin r50=r50.pth --out features
  slidestream embed --slides slides/ --mpp 0.5 --patch-size 224 --preset tcga --encoder uni --weights uni.bin --out features

Any number of workers may share --out: start the same command on each.`,
    )
    .action(
      act(async (context, options: EmbedVerbOptions) => {
        const { embedSlides } = await import('@slidestream/pipelines');
        const { out, format, tilesPerChunk } = options;
        const summary = await embedSlides(
          { from: await embedFrom(options), encoders: encodersOf(options), out, format, tilesPerChunk, sharing: sharingOf(options) },
          context,
        );
        const leftOut = leftOutOf(summary.failures);
        const lines = summary.encoders.map((one) => `${one.out}: ${one.featureDim} features a tile by ${one.name}`);
        lines.push(`  ${summary.slides} slides (${summary.skipped} were there), ${summary.tiles} tiles embedded`);
        return resultOverSlides({ ...summary, failures: leftOut }, lines, {
          done: summary.slides,
          leftOut,
          minSuccess: options.minSuccess,
        });
      }),
    );
};

async function embedFrom(options: EmbedVerbOptions) {
  const { store, only, slides, coords, scale, slideMpp: mppIfUnknown, missingTiles } = options;
  if ((store === undefined) === (slides === undefined)) throw usage('give either --store or --slides');
  if (store !== undefined) return { store, only };
  const of = { slides: slides ?? [], mppIfUnknown, missingTiles };
  if (coords !== undefined) return { ...of, tiles: { coords, scale } };
  const { resolveParameters } = await import('@slidestream/tiling');
  return { ...of, tiles: { scale: oneScale(options), parameters: await resolveParameters({ preset: options.preset }) } };
}

function encodersOf({ encoder, weights = [], inputSize: inputSizePx, channelOrder, partialWeights }: EmbedVerbOptions) {
  for (const [name] of weights) {
    if (name === undefined && encoder.length > 1) throw usage('with several encoders, say whose weights: --weights r50=r50.pth');
    if (name !== undefined && !encoder.includes(name)) throw usage(`--weights names ${name}, which is not among the encoders`);
  }
  return encoder.map((name) => ({
    name,
    inputSizePx,
    channelOrder,
    partialWeights,
    weights: weights.find(([of]) => (of ?? name) === name)?.[1],
  }));
}

function collectNames(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('must be names separated by commas.');
  return [...before, ...names];
}

function collectWeights(text: string, before: EmbedVerbOptions['weights'] = []): EmbedVerbOptions['weights'] {
  const match = /^([\w.-]+)=(.+)$/.exec(text);
  return [...before, match === null ? [undefined, text] : [match[1], match[2] as string]];
}

function usage(message: string): SlidestreamError {
  return new SlidestreamError({ code: 'cli/usage', category: 'usage', message });
}
