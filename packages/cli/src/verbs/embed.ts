import { channelOrder } from '../options/channel-order.js';
import { numberOption } from '../options/numbers.js';
import { resultOverSlides } from '../options/slides.js';
import type { ConfigureVerb } from '../verb.js';

interface EmbedVerbOptions {
  readonly store: string;
  readonly encoder: string;
  readonly weights?: string;
  readonly channelOrder?: 'rgb' | 'bgr';
  readonly partialWeights?: boolean;
  readonly out: string;
  readonly format: 'pt' | 'h5' | 'safetensors';
  readonly inputSize?: number;
  readonly tilesPerChunk?: number;
  readonly slides?: readonly string[];
}

/** `slidestream embed --store F --encoder E --out DIR` */
export const configure: ConfigureVerb = (command, act) => {
  const count = numberOption({ integer: true, atLeast: 1 });
  command
    .requiredOption('--store <file>', 'tile store')
    .requiredOption('--encoder <name>', '`slidestream list encoders`')
    .option('--weights <file>', 'state dict of the encoder')
    .option('--channel-order <order>', 'rgb or bgr: order of channels where the weights were trained', channelOrder, 'rgb')
    .option('--partial-weights', 'take weights that do not fit wholly')
    .requiredOption('--out <dir>', 'folder for one feature file a slide')
    .option('--format <name>', 'pt, h5 or safetensors', 'pt')
    .option('--input-size <px>', "side to which tiles are resized (default: the encoder's own)", count)
    .option('--tiles-per-chunk <n>', 'tiles in the encoder at a time: bounds memory', count)
    .option('--slides <ids...>', 'these slides of the store only')
    .addHelpText(
      'after',
      '\nExample:\n  slidestream embed --store tiles.lmdb --encoder efficientnet-lite0 --weights lite0.safetensors --out features --format h5',
    )
    .action(
      act(async (context, options: EmbedVerbOptions) => {
        const { embedSlides } = await import('@slidestream/pipelines');
        const { inputSize, ...rest } = options;
        const summary = await embedSlides({ ...rest, inputSizePx: inputSize }, context);
        const { out } = options;
        const leftOut = summary.failures.map(({ slide, error }) => ({ slide, code: error.code, message: error.what }));
        const lines = [
          `${out}: ${summary.slides} slides (${summary.skipped} were there), ${summary.tiles} tiles, ${summary.featureDim} features each`,
        ];
        return resultOverSlides({ ...summary, failures: leftOut }, lines, { done: summary.slides, leftOut });
      }),
    );
};
