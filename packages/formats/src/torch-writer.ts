import { open } from 'node:fs/promises';
import { writeAtomically } from '@slidestream/core/node';
import { toBytes } from './element-bytes.js';
import { storedZip } from './stored-zip.js';
import { TorchPickle } from './torch-pickle.js';
import type { TorchValue } from './torch-value.js';

function layOut(value: TorchValue): Iterable<Uint8Array> {
  const pickle = new TorchPickle();
  pickle.save(value);
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  return storedZip([
    { name: 'archive/data.pkl', content: pickle.finish() },
    { name: 'archive/byteorder', content: text('little') },
    ...pickle.storages.map((record, key) => ({ name: `archive/data/${key}`, content: toBytes(record, String(key)) })),
    { name: 'archive/version', content: text('3\n') },
  ]);
}

/** The bytes of a file that `torch.load(weights_only=True)` takes. @throws RangeError for values that cannot be written */
export function encodeTorch(value: TorchValue): Uint8Array {
  return new Uint8Array(Buffer.concat([...layOut(value)]));
}

/**
 * Writes plain data with tensors as `torch.save` does: Maps become dicts, Maps of tensors `OrderedDict`s, arrays lists. Complete or not at all.
 *
 * @throws SlidestreamError `io/*`; RangeError for values that cannot be written
 *
 * @example
 * ```ts
 * await writeTorch('weights.pt', new Map([['model', stateDict], ['epoch', 7]]));
 * ```
 */
export async function writeTorch(path: string, value: TorchValue): Promise<void> {
  const pieces = layOut(value);
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      for (const piece of pieces) await file.writeFile(piece);
    } finally {
      await file.close();
    }
  });
}
