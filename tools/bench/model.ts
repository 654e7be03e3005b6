import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.js';
import { childMeasurer } from './child-measurer.js';

/** Batch and side of the tiles of encoders. */
export const batch = { tiles: 32, sidePx: 224 };
/** The bag of heads. */
export const bag = { instances: 10_000, width: 1024 };

/** What is measured: a frozen pass of an encoder, a training step of it with AdamW, or forward and backward of a head. */
export type BenchModel = 'r18' | 'r50' | 'vit-b16' | 'abmilx';

/**
 * A model in float32, ours against PyTorch's: channels-last layout, batch norm folded where nothing is trained, fused attention; same
 * machine, same threads.
 */
export function modelBench(name: string, model: BenchModel, mode: 'forward' | 'train'): Bench {
  const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const args = [model, mode];
  return {
    name,
    unit: model === 'abmilx' ? 'instances' : 'tiles',
    ours: () =>
      childMeasurer(process.execPath, ['--conditions=@slidestream/source', '--import', 'tsx', beside('./model-ours.ts'), ...args]),
    peer: async () => {
      const python = process.env.SLIDESTREAM_PEERS_PYTHON;
      if (python === undefined) return null;
      const [first, second] = model === 'abmilx' ? [bag.instances, bag.width] : [batch.tiles, batch.sidePx];
      return childMeasurer(python, [beside('./model_torch.py'), ...args, String(first), String(second)]);
    },
  };
}
