import { defaultAllowList } from './default-allowlist.js';
import { runPickle } from './machine.js';
import type { PickleLimits } from './machine-state.js';
import { pickleError } from './pickle-error.js';
import type { AllowList, PickleValue } from './pickle-value.js';

/** How {@link unpickle} reads. */
export interface UnpickleOptions {
  /** The only names that the pickle may mention; bytes, sets and numpy by default. */
  readonly allow?: AllowList | undefined;
  readonly limits?: Partial<PickleLimits> | undefined;
  /** Named in errors. */
  readonly file?: string | undefined;
  /** What Python 2's `str` becomes; text that must be ASCII by default. */
  readonly python2Text?: 'ascii' | 'latin1' | 'bytes' | undefined;
  /** Answers PERSID and BINPERSID; refused by default. */
  readonly persistentLoad?: ((id: PickleValue) => PickleValue) | undefined;
}

/**
 * Reads the pickle that starts at `offset` and says where it ends; for files in which several follow one another.
 *
 * @throws SlidestreamError `pickle/*` with byte offset, opcode and, where a name is refused, the name
 */
export function unpickleAt(bytes: Uint8Array, offset: number, options: UnpickleOptions = {}): { value: PickleValue; end: number } {
  return runPickle(bytes, offset, {
    allow: options.allow ?? defaultAllowList,
    limits: {
      maxSteps: 100_000_000,
      maxMemo: 20_000_000,
      maxDepth: 500,
      maxNodes: 50_000_000,
      maxBytes: 4 * bytes.length + 65_536,
      ...options.limits,
    },
    file: options.file,
    python2Text: options.python2Text ?? 'ascii',
    persistentLoad: options.persistentLoad,
  });
}

/**
 * Reads a pickle of protocols 0–5 without ever running anything: names outside the allowlist are refused, lengths are checked before
 * use, and size and depth are bounded. Byte strings in the result are views of `bytes`.
 *
 * @throws SlidestreamError `pickle/*` with byte offset, opcode and, where a name is refused, the name
 *
 * @example
 * ```ts
 * unpickle(pickleValue(new Map([['case-1', 512]]))); // Map { 'case-1' => 512 }
 * ```
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions = {}): PickleValue {
  const { value, end } = unpickleAt(bytes, 0, options);
  if (end !== bytes.length) {
    throw pickleError('trailing-bytes', `${bytes.length - end} bytes follow the end of the pickle`, {
      file: options.file,
      offset: end,
      opcode: '',
    });
  }
  return value;
}
