import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const NVIDIA = '/proc/driver/nvidia/gpus';

/** The processor's name. */
export function processorName(): string {
  return cpus()[0]?.model.trim() || process.arch;
}

/** The first CUDA GPU's name, where its driver tells it (Linux). */
export function cudaName(): string {
  try {
    const [first = ''] = readdirSync(NVIDIA);
    return /^Model:\s*(.+)$/m.exec(readFileSync(join(NVIDIA, first, 'information'), 'utf8'))?.[1] ?? 'CUDA GPU';
  } catch {
    return 'CUDA GPU';
  }
}
