import type { PickleValue } from '@slidestream/pickle';
import { unpickle, unpickleAt } from '@slidestream/pickle';
import { type ByteSource, openByteSource } from './byte-source.js';
import { itemSize, swapBytes } from './element-bytes.js';
import { formatError } from './format-error.js';
import { storageOf, torchAllowList } from './torch-allowlist.js';
import type { TorchStorage } from './torch-storage.js';
import { type TorchValue, toTorchValue } from './torch-value.js';
import { readZipDirectory, readZipEntry } from './zip-directory.js';

/** A pickle of tensors is small; one of this size is not read. */
const MAX_PICKLE_BYTES = 1 << 28;
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/**
 * Reads what `torch.save` wrote, in the zip container or the older one, as plain data whose leaves are tensors; nothing in the file is ever run.
 *
 * @param source - a path, or the file's bytes
 * @throws SlidestreamError `format/torch-*`, `format/zip-*`, `pickle/*`, `io/*`
 *
 * @example
 * ```ts
 * const checkpoint = await readTorch('fold_0_model_best.pt'); // Map { 'model' => Map { … }, 'epoch' => 7 }
 * ```
 */
export async function readTorch(source: string | Uint8Array): Promise<TorchValue> {
  using bytes = openByteSource(source);
  const { file, size } = bytes;
  if (size < 4) throw formatError('torch-not', 'the file is too short for a PyTorch file', { file });
  const head = bytes.read(0, 4);
  const zip = head[0] === 0x50 && head[1] === 0x4b;
  const value = zip ? readZip(bytes) : readLegacy(bytes);
  return toTorchValue(value, 8 * size + (1 << 24), file);
}

function readZip(source: ByteSource): PickleValue {
  const { file } = source;
  const entries = readZipDirectory(source, ['stored']);
  const main = [...entries.values()].filter((entry) => /^[^/]+\/data\.pkl$/.test(entry.name));
  const [pickle] = main;
  if (pickle === undefined || main.length > 1) throw formatError('torch-not', 'the archive is not one that PyTorch writes', { file });
  if (pickle.size > MAX_PICKLE_BYTES) throw formatError('torch-too-large', `the pickle has ${pickle.size} bytes`, { file });
  const root = pickle.name.slice(0, -'data.pkl'.length);
  const order = entries.get(`${root}byteorder`);
  const bigEndian = order !== undefined && new TextDecoder().decode(readZipEntry(source, order)) === 'big';
  const storages = new Map<string, TorchStorage>();
  const value = unpickle(readZipEntry(source, pickle), {
    allow: torchAllowList,
    file: file === undefined ? undefined : `${file}:${pickle.name}`,
    persistentLoad: (id) => storageOf(id, storages),
  });
  for (const storage of storages.values()) {
    const entry = entries.get(`${root}data/${storage.key}`);
    const bytes = storage.count * itemSize(storage.dtype);
    if (entry === undefined) throw formatError('torch-storage', `the data of storage ${storage.key} are missing`, { file });
    if (entry.size !== bytes) {
      throw formatError('torch-storage', `storage ${storage.key} has ${entry.size} bytes, its ${storage.count} elements need ${bytes}`, {
        file,
      });
    }
    storage.load = once(() => {
      const data = readZipEntry(source, entry);
      if (bigEndian) swapBytes(data, itemSize(storage.dtype));
      return data;
    });
  }
  return value;
}

/** The format before PyTorch 1.6: magic number, version, sizes, the object, the storages' names, then their bytes. */
function readLegacy(source: ByteSource): PickleValue {
  const { file, size } = source;
  const pickles = source.read(0, Math.min(size, MAX_PICKLE_BYTES));
  const storages = new Map<string, TorchStorage>();
  const options = { allow: torchAllowList, file, persistentLoad: (id: PickleValue) => storageOf(id, storages) };
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickleAt(pickles, at, options);
    at = end;
    return value;
  };
  if (pickles[0] !== 0x80 || next() !== LEGACY_MAGIC) {
    throw formatError(
      'torch-not',
      'the file is none that PyTorch writes',
      { file, offset: 0 },
      'Save it again with torch.save of version 1.6 or later',
    );
  }
  if (next() !== 1001) throw formatError('torch-not', 'the protocol of the file is not known', { file });
  const system = next();
  const little = system instanceof Map ? system.get('little_endian') : undefined;
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw formatError('torch-storage', 'the list of storages is missing', { file, offset: at });
  const seen = new Set<PickleValue>();
  for (const key of keys as readonly PickleValue[]) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || seen.has(key))
      throw formatError('torch-storage', 'the list of storages does not fit the tensors', { file, offset: at });
    seen.add(key);
    const count = new DataView(source.read(at, 8).buffer).getBigInt64(0, true);
    if (count !== BigInt(storage.count)) {
      throw formatError('torch-storage', `storage ${storage.key} holds ${count} elements, the tensors expect ${storage.count}`, {
        file,
        offset: at,
      });
    }
    const bytes = storage.count * itemSize(storage.dtype);
    const start = at + 8;
    if (start + bytes > size)
      throw formatError('truncated', `storage ${storage.key} needs ${bytes} bytes, the file ends before`, { file, offset: start });
    storage.load = once(() => {
      const data = source.read(start, bytes);
      if (little === false) swapBytes(data, itemSize(storage.dtype));
      return data;
    });
    at = start + bytes;
  }
  return value;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
