import type { ChannelOrder, Encoder } from '@slidestream/backbones';
import { SlidestreamError, type StateDict } from '@slidestream/core';
import { exitCodes } from '../exit-codes.js';
import { channelOrder } from '../options/channel-order.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

const READ = '.safetensors, .pt, .pth, .bin or .npz';

interface KeyOptions {
  readonly key?: string;
}

interface EncoderOptions extends KeyOptions {
  readonly encoder?: string;
  readonly channelOrder: ChannelOrder;
}

/** `slidestream weights inspect|check|convert` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .command('inspect')
    .description('names, shapes, types and statistics of a state dict')
    .argument('<file>', READ)
    .option('--key <name>', 'key of the checkpoint under which the weights lie (default: the usual ones)')
    .addHelpText('after', '\nExample:\n  slidestream weights inspect model.pth')
    .action(
      act(async (_, file: string, { key }: KeyOptions) => {
        const [{ readStateDict }, { describeTensors }] = await Promise.all([
          import('@slidestream/formats'),
          import('../weights/describe-tensors.js'),
        ]);
        const tensors = describeTensors(await readStateDict(file, { key }));
        const count = tensors.reduce((sum, tensor) => sum + tensor.elements, 0);
        const rows = tensors.map(({ name, dtype, shape, mean, sd, least, greatest }) => [
          name,
          dtype,
          `[${shape.join(', ')}]`,
          ...[mean, sd, least, greatest].map((value) => (value === null ? '-' : value.toPrecision(4))),
        ]);
        const table = formatTable([['name', 'type', 'shape', 'mean', 'sd', 'least', 'greatest'], ...rows]);
        return { json: { file, elements: count, tensors }, text: `${table}\n\n${tensors.length} tensors, ${count} elements` };
      }),
    );
  command
    .command('check')
    .description('what of a state dict an encoder would take: matched, missing, left over')
    .argument('<file>', READ)
    .requiredOption('--encoder <name>', '`slidestream list encoders`')
    .option('--channel-order <order>', 'rgb or bgr: order of channels where the weights were trained', channelOrder, 'rgb')
    .option('--key <name>', 'key of the checkpoint under which the weights lie')
    .addHelpText('after', '\nExample:\n  slidestream weights check resnet50.pth --encoder r50')
    .action(
      act(async (_, file: string, options: EncoderOptions) => {
        const { loadEncoderWeights, encoderWeightsReport } = await import('@slidestream/backbones');
        const state = await read(file, options);
        return withEncoder(options, (encoder) => {
          const report = encoderWeightsReport(encoder, state);
          const refusal = refused(() => loadEncoderWeights(encoder, state));
          const list = (title: string, names: readonly string[]): string[] =>
            names.length === 0 ? [] : [`${title}:`, ...names.map((name) => `  ${name}`)];
          const counts = `${report.matched.length} matched, ${report.missing.length} missing, ${report.unexpected.length} left over`;
          const verdict = refusal === null ? `${file} fits ${options.encoder}: ${counts}` : `${refusal} (${counts})`;
          return {
            json: { file, encoder: options.encoder, fits: refusal === null, refusal, ...report },
            text: [...list('missing', report.missing), ...list('left over', report.unexpected), verdict].join('\n'),
            exitCode: refusal === null ? exitCodes.done : exitCodes.data,
          };
        });
      }),
    );
  command
    .command('convert')
    .description('write a state dict in another format; with --encoder just its tensors, under its own names')
    .argument('<from>', READ)
    .argument('<to>', '.safetensors, or .pt, .pth, .bin for load_state_dict')
    .option('--encoder <name>', 'an encoder that the weights fit')
    .option('--channel-order <order>', 'rgb or bgr: order of channels where the weights were trained', channelOrder, 'rgb')
    .option('--key <name>', 'key of the checkpoint under which the weights lie')
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream weights convert model.pth model.safetensors\n  slidestream weights convert best.safetensors encoder.pt --encoder r18',
    )
    .action(
      act(async (_, from: string, to: string, options: EncoderOptions) => {
        const write = await writerFor(to);
        const all = await read(from, options);
        const state = options.encoder === undefined ? all : await encoderState(all, options);
        await write(to, state);
        return { json: { from, to, tensors: state.size }, text: `${to}: ${state.size} tensors` };
      }),
    );
};

async function read(file: string, { key }: KeyOptions): Promise<StateDict> {
  const { readStateDict } = await import('@slidestream/formats');
  return readStateDict(file, { key });
}

async function writerFor(path: string): Promise<(path: string, state: StateDict) => Promise<void>> {
  const { writeSafetensors, writeTorch } = await import('@slidestream/formats');
  if (path.endsWith('.safetensors')) return writeSafetensors;
  if (/\.(pt|pth|bin)$/.test(path)) return writeTorch;
  throw new SlidestreamError({ code: 'cli/usage', category: 'usage', message: `${path} does not end in .safetensors, .pt, .pth or .bin` });
}

async function encoderState(state: StateDict, options: EncoderOptions): Promise<StateDict> {
  const [{ loadEncoderWeights }, { toStateDict }] = await Promise.all([import('@slidestream/backbones'), import('@slidestream/tensors')]);
  return withEncoder(options, (encoder) => {
    loadEncoderWeights(encoder, state);
    return toStateDict(encoder);
  });
}

async function withEncoder<T>({ encoder: name = '', channelOrder: order }: EncoderOptions, use: (encoder: Encoder) => T): Promise<T> {
  const [{ encoders }, { randomStream }, { startEngine }] = await Promise.all([
    import('@slidestream/backbones'),
    import('@slidestream/core'),
    import('@slidestream/engine-node'),
  ]);
  encoders.get(name);
  await startEngine();
  const encoder = encoders.build({ name, channelOrder: order }, randomStream('weights'));
  try {
    return use(encoder);
  } finally {
    encoder.dispose();
  }
}

function refused(load: () => unknown): string | null {
  try {
    load();
    return null;
  } catch (error) {
    if (error instanceof SlidestreamError && error.category === 'data') return error.what;
    throw error;
  }
}
