import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.js';
import { childMeasurer } from './child-measurer.js';

/** Batch and side of the tiles of both benches. */
export const batch = { tiles: 32, sidePx: 224 };

/** ResNet-18 through its third stage, float32: ours against PyTorch's with channels-last layout, same machine, same threads. */
export function r18Bench(name: string, mode: 'forward' | 'train'): Bench {
  const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  return {
    name,
    unit: 'tiles',
    ours: () => childMeasurer(process.execPath, ['--conditions=@slidestream/source', '--import', 'tsx', beside('./r18-ours.ts'), mode]),
    peer: async () => {
      const python = process.env.SLIDESTREAM_PEERS_PYTHON;
      if (python === undefined) return null;
      return childMeasurer(python, [beside('./r18_torch.py'), mode, String(batch.tiles), String(batch.sidePx)]);
    },
  };
}
