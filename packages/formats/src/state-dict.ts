import type { StateDict, TensorRecord } from '@slidestream/core';
import { formatError } from './format-error.js';
import { readNpz } from './npz.js';
import { readSafetensors } from './safetensors.js';
import { readTorch } from './torch-reader.js';
import { isTensorRecord, type TorchValue } from './torch-value.js';

/** Names under which checkpoints keep their weights, in the order in which they are looked for. */
const NESTS = ['state_dict', 'model', 'model_state_dict', 'teacher', 'module', 'net', 'params'] as const;

/** How {@link readStateDict} finds the weights. */
export interface StateDictOptions {
  /** Key of the checkpoint that holds the weights (`teacher`); looked for under the usual names by default. */
  readonly key?: string | undefined;
}

/**
 * Reads weights from `.safetensors`, `.npz`, or any PyTorch file (`.pt`, `.pth`, `.bin`), whether they lie bare or inside a checkpoint.
 *
 * @throws SlidestreamError `format/*`, `pickle/*`, `io/*`
 */
export async function readStateDict(path: string, options: StateDictOptions = {}): Promise<StateDict> {
  if (path.endsWith('.safetensors')) return readSafetensors(path);
  if (path.endsWith('.npz')) return readNpz(path);
  return findStateDict(await readTorch(path), path, options.key);
}

function findStateDict(value: TorchValue, file: string, key: string | undefined): StateDict {
  if (value instanceof Map) {
    if (key !== undefined) {
      const inner = value.get(key) as TorchValue | undefined;
      if (inner instanceof Map) return asStateDict(inner, file);
      throw formatError(
        'no-weights',
        `the checkpoint has no weights under ${JSON.stringify(key)}`,
        { file },
        `It has: ${describeKeys(value)}`,
      );
    }
    for (const name of NESTS) {
      const inner = value.get(name) as TorchValue | undefined;
      if (inner instanceof Map && inner.size > 0) return findStateDict(inner, file, undefined);
    }
    return asStateDict(value, file);
  }
  throw formatError('no-weights', 'the file holds no dict of tensors', { file });
}

function asStateDict(value: ReadonlyMap<TorchValue, TorchValue>, file: string): StateDict {
  const tensors = new Map<string, TensorRecord>();
  for (const [name, item] of value) {
    if (typeof name === 'string' && isTensorRecord(item)) tensors.set(name, item);
  }
  if (tensors.size === 0) throw formatError('no-weights', 'the file holds no named tensors', { file }, `It has: ${describeKeys(value)}`);
  return tensors;
}

function describeKeys(value: ReadonlyMap<TorchValue, TorchValue>): string {
  return [...value.keys()].slice(0, 12).map(String).join(', ');
}
