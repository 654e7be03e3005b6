import { ByteCursor } from './byte-cursor.js';
import { PickleRefusal, pickleError } from './pickle-error.js';
import { decodeLong } from './pickle-integer.js';
import { type AllowList, type ByteBudget, PickleGlobal, type PickleObject, type PickleValue } from './pickle-value.js';

/** What a pickle may cost before it is refused. */
export interface PickleLimits {
  readonly maxSteps: number;
  readonly maxMemo: number;
  /** Nesting of containers in the result, and of marks while reading. */
  readonly maxDepth: number;
  /** Parts of the result, shared ones counted as often as they are met. */
  readonly maxNodes: number;
  /** Bytes that constructors may allocate. */
  readonly maxBytes: number;
}

/** @internal what {@link PickleMachine} runs with. */
export interface MachineOptions {
  readonly allow: AllowList;
  readonly limits: PickleLimits;
  readonly file: string | undefined;
  readonly python2Text: 'ascii' | 'latin1' | 'bytes';
  readonly persistentLoad: ((id: PickleValue) => PickleValue) | undefined;
}

/** Longest integer, in bytes: past it decimal printing alone takes seconds. */
const MAX_LONG_BYTES = 8192;

type List = PickleValue[];
type Dict = Map<PickleValue, PickleValue>;

/** Stack, marks and memo of the machine, and what opcodes do to them. */
export class MachineState implements ByteBudget {
  readonly cursor: ByteCursor;
  readonly options: MachineOptions;
  stack: PickleValue[] = [];
  readonly marks: PickleValue[][] = [];
  readonly memo = new Map<number, PickleValue>();
  spent = 0;

  constructor(bytes: Uint8Array, offset: number, options: MachineOptions) {
    this.cursor = new ByteCursor(bytes, offset, options.file);
    this.options = options;
  }

  spend(bytes: number): void {
    this.spent += bytes;
    const { maxBytes } = this.options.limits;
    if (this.spent > maxBytes) throw new PickleRefusal('too-large', `more than ${maxBytes} bytes would be made of a small pickle`);
  }

  fail(code: string, message: string, hint?: string, cause?: unknown): Error {
    return pickleError(code, message, this.cursor.place, hint, cause);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw this.fail('stack', 'the stack is empty');
    return value;
  }

  peek(): PickleValue {
    const value = this.stack[this.stack.length - 1];
    if (value === undefined) throw this.fail('stack', 'the stack is empty');
    return value;
  }

  /** Everything since the last mark. */
  popMark(): PickleValue[] {
    const outer = this.marks.pop();
    if (outer === undefined) throw this.fail('stack', 'there is no mark');
    const items = this.stack;
    this.stack = outer;
    return items;
  }

  tuple(count: number): void {
    if (this.stack.length < count) throw this.fail('stack', 'the stack is too short');
    this.stack.push(Object.freeze(this.stack.splice(this.stack.length - count, count)));
  }

  list(value: PickleValue): List {
    if (!Array.isArray(value) || Object.isFrozen(value)) throw this.fail('wrong-target', 'something that is no list is appended to');
    return value as List;
  }

  setItems(target: PickleValue, items: readonly PickleValue[]): void {
    if (!(target instanceof Map)) throw this.fail('wrong-target', 'an item is set on something that is no dict');
    if (items.length % 2 !== 0) throw this.fail('stack', 'a key has no value');
    for (let i = 0; i < items.length; i += 2) {
      (target as Dict).set(this.hashable(items[i] as PickleValue), items[i + 1] as PickleValue);
    }
  }

  hashable(value: PickleValue): PickleValue {
    const container = value instanceof Map || value instanceof Set || (Array.isArray(value) && !Object.isFrozen(value));
    if (container) throw this.fail('unhashable', 'a list, dict or set is used as a key');
    return value;
  }

  put(index: number): void {
    this.memo.set(index, this.peek());
    if (this.memo.size > this.options.limits.maxMemo) throw this.fail('too-large', `more than ${this.options.limits.maxMemo} memo entries`);
  }

  get(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.fail('bad-memo', `memo entry ${index} does not exist`);
    this.stack.push(value);
  }

  python2(bytes: Uint8Array): PickleValue {
    const mode = this.options.python2Text;
    if (mode === 'bytes') return bytes;
    let text = '';
    for (const byte of bytes) {
      if (byte > 0x7f && mode === 'ascii') throw this.fail('bad-text', 'a Python 2 string is not ASCII');
      text += String.fromCharCode(byte);
    }
    return text;
  }

  global(module: PickleValue, name: PickleValue): PickleGlobal {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.fail('refused-name', 'a name is not text');
    const entry = this.options.allow.get(`${module} ${name}`);
    if (entry === undefined) {
      const shown = `${module}.${name}`.slice(0, 200);
      throw this.fail(
        'refused-name',
        `the pickle asks for ${JSON.stringify(shown)}, which is not on the list of harmless names`,
        'Nothing was run. If the file is trusted, convert it with the program that wrote it',
      );
    }
    return new PickleGlobal(module, name, entry);
  }

  construct(callable: PickleValue, args: PickleValue): PickleValue {
    if (!(callable instanceof PickleGlobal)) throw this.fail('refused-call', 'something that is no allowed name is called');
    const construct = callable.entry.construct;
    if (construct === undefined) throw this.fail('refused-call', `${callable.module}.${callable.name} may be mentioned but not called`);
    if (!Array.isArray(args)) throw this.fail('bad-arguments', 'arguments are no tuple');
    return this.guard(() => construct(args as readonly PickleValue[], this));
  }

  guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof PickleRefusal) throw this.fail(error.code, error.message);
      throw error;
    }
  }

  build(): void {
    const state = this.pop();
    const target = this.peek();
    const setState = typeof target === 'object' && target !== null ? (target as PickleObject).setState : undefined;
    if (typeof setState !== 'function') throw this.fail('refused-state', 'a state is given to an object that takes none');
    this.guard(() => setState(state));
  }

  persistent(id: PickleValue): PickleValue {
    const load = this.options.persistentLoad;
    if (load === undefined) throw this.fail('refused-persistent', 'the pickle refers to data outside itself');
    return this.guard(() => load(id));
  }

  long(length: number): PickleValue {
    if (length < 0 || length > MAX_LONG_BYTES) throw this.fail('bad-number', `an integer of ${length} bytes`);
    return decodeLong(this.cursor.take(length));
  }
}
