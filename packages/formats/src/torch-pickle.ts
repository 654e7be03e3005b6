import type { TensorRecord } from '@slidestream/core';
import { storageNames } from './torch-allowlist.js';
import { isTensorRecord, type TorchValue } from './torch-value.js';

const utf8 = new TextEncoder();

/** Writes the `data.pkl` of a PyTorch archive in protocol 2, with only what `torch.load(weights_only=True)` admits. */
export class TorchPickle {
  readonly #parts: number[] = [0x80, 2];
  /** Tensors in the order of their storages' keys. */
  readonly storages: TensorRecord[] = [];
  readonly #keys = new Map<TensorRecord, string>();

  /** @throws RangeError for a value that PyTorch's safe loader would refuse */
  save(value: TorchValue): void {
    const out = this.#parts;
    if (value === null) out.push(0x4e);
    else if (typeof value === 'boolean') out.push(value ? 0x88 : 0x89);
    else if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number' && !Number.isSafeInteger(value)) this.#float(value);
    else if (typeof value === 'number' || typeof value === 'bigint') this.#integer(BigInt(value));
    else if (isTensorRecord(value)) this.#tensor(value);
    else if (value instanceof Map) this.#dict(value);
    else if (Array.isArray(value)) this.#list(value as readonly TorchValue[]);
    else throw new RangeError('only tensors, numbers, text, null, lists and dicts can be written to a PyTorch file');
  }

  finish(): Uint8Array {
    return Uint8Array.from([...this.#parts, 0x2e]);
  }

  #uint32(value: number): void {
    this.#parts.push(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
  }

  #text(text: string): void {
    const bytes = utf8.encode(text);
    this.#parts.push(0x58);
    this.#uint32(bytes.length);
    for (const byte of bytes) this.#parts.push(byte);
  }

  #float(value: number): void {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    this.#parts.push(0x47, ...new Uint8Array(view.buffer));
  }

  #integer(value: bigint): void {
    if (value >= 0n && value <= 0xffn) this.#parts.push(0x4b, Number(value));
    else if (value >= -0x80000000n && value <= 0x7fffffffn) {
      this.#parts.push(0x4a);
      this.#uint32(Number(value) >>> 0);
    } else {
      const view = new DataView(new ArrayBuffer(8));
      if (BigInt.asIntN(64, value) !== value) throw new RangeError('integers beyond 64 bits are not written');
      view.setBigInt64(0, value, true);
      this.#parts.push(0x8a, 8, ...new Uint8Array(view.buffer));
    }
  }

  #global(module: string, name: string): void {
    this.#parts.push(0x63, ...utf8.encode(`${module}\n${name}\n`));
  }

  #tuple(items: readonly number[]): void {
    this.#parts.push(0x28);
    for (const item of items) this.#integer(BigInt(item));
    this.#parts.push(0x74);
  }

  #orderedDict(): void {
    this.#global('collections', 'OrderedDict');
    this.#parts.push(0x29, 0x52);
  }

  #tensor(record: TensorRecord): void {
    const known = this.#keys.get(record);
    const key = known ?? String(this.storages.length);
    if (known === undefined) {
      this.#keys.set(record, key);
      this.storages.push(record);
    }
    const stride = record.shape.map((_, axis) => record.shape.slice(axis + 1).reduce((a, b) => a * Math.max(1, b), 1));
    this.#global('torch._utils', '_rebuild_tensor_v2');
    this.#parts.push(0x28, 0x28);
    this.#text('storage');
    this.#global('torch', storageNames.get(record.dtype) as string);
    this.#text(key);
    this.#text('cpu');
    this.#integer(BigInt(record.data.length));
    this.#parts.push(0x74, 0x51);
    this.#integer(0n);
    this.#tuple(record.shape);
    this.#tuple(stride);
    this.#parts.push(0x89);
    this.#orderedDict();
    this.#parts.push(0x74, 0x52);
  }

  /** A dict of tensors is an OrderedDict, as `state_dict()` returns. */
  #dict(map: ReadonlyMap<TorchValue, TorchValue>): void {
    const stateDict = map.size > 0 && [...map.values()].every(isTensorRecord);
    if (stateDict) this.#orderedDict();
    else this.#parts.push(0x7d);
    if (map.size === 0) return;
    this.#parts.push(0x28);
    for (const [key, value] of map) {
      if (typeof key !== 'string' && typeof key !== 'number')
        throw new RangeError('keys of a dict in a PyTorch file are text or whole numbers');
      this.save(key);
      this.save(value);
    }
    this.#parts.push(0x75);
  }

  #list(items: readonly TorchValue[]): void {
    this.#parts.push(0x5d);
    if (items.length === 0) return;
    this.#parts.push(0x28);
    for (const item of items) this.save(item);
    this.#parts.push(0x65);
  }
}
