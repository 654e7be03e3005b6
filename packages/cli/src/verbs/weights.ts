import type { StateDict } from '@slidestream/core';
import { SlidestreamError, toFloat32 } from '@slidestream/core';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

/** `slidestream weights inspect|convert` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .command('inspect')
    .description('names, shapes, types and statistics of a state dict')
    .argument('<file>', '.safetensors, .pt, .pth, .bin or .npz')
    .addHelpText('after', '\nExample:\n  slidestream weights inspect model.pth')
    .action(
      act(async (_, file: string) => {
        const { readStateDict } = await import('@slidestream/formats');
        const tensors = describe(await readStateDict(file));
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
    .command('convert')
    .description('write a state dict in another format')
    .argument('<from>', '.safetensors, .pt, .pth, .bin or .npz')
    .argument('<to>', '.safetensors')
    .addHelpText('after', '\nExample:\n  slidestream weights convert model.pth model.safetensors')
    .action(
      act(async (_, from: string, to: string) => {
        if (!to.endsWith('.safetensors')) {
          throw new SlidestreamError({ code: 'cli/usage', category: 'usage', message: `${to} does not end in .safetensors` });
        }
        const { readStateDict, writeSafetensors } = await import('@slidestream/formats');
        const state = await readStateDict(from);
        await writeSafetensors(to, state);
        return { json: { from, to, tensors: state.size }, text: `${to}: ${state.size} tensors` };
      }),
    );
};

interface TensorSummary {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly least: number | null;
  readonly greatest: number | null;
}

function describe(state: StateDict): TensorSummary[] {
  return [...state].map(([name, record]) => {
    const values = toFloat32(record);
    const base = { name, dtype: record.dtype, shape: record.shape, elements: values.length };
    if (values.length === 0) return { ...base, mean: null, sd: null, least: null, greatest: null };
    let sum = 0;
    let squares = 0;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (const value of values) {
      sum += value;
      squares += value * value;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    const mean = sum / values.length;
    return { ...base, mean, sd: Math.sqrt(Math.max(0, squares / values.length - mean * mean)), least, greatest };
  });
}
