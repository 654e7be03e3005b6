/**
 * What a pickle can become. Python's `dict` is a Map, `list` an array, `tuple` a frozen array, `set` and `frozenset` a
 * Set, `bytes` and `bytearray` a Uint8Array, `int` a number where it is exact and a bigint beyond, `float` a number.
 * Objects are those that the allowlist makes, {@link NumpyArray} among them.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PickleValue[]
  | ReadonlyMap<PickleValue, PickleValue>
  | ReadonlySet<PickleValue>
  | PickleObject;

/** An object that an entry of the allowlist made; its state, if it takes one, arrives through {@link PickleObject.setState}. */
export interface PickleObject {
  /** Called by the opcode BUILD; objects without it refuse a state. */
  readonly setState?: ((state: PickleValue) => void) | undefined;
}

/** A name of the allowlist while it is on the stack: a class or a function that was not called (yet). */
export class PickleGlobal implements PickleObject {
  readonly module: string;
  readonly name: string;
  readonly entry: AllowedGlobal;
  readonly setState: undefined;
  constructor(module: string, name: string, entry: AllowedGlobal) {
    this.module = module;
    this.name = name;
    this.entry = entry;
  }
}

/** What the machine lets a `(module, name)` do. */
export interface AllowedGlobal {
  /** Runs for REDUCE, NEWOBJ, OBJ and INST; absent where the name may only be mentioned. */
  readonly construct?: ((args: readonly PickleValue[], budget: ByteBudget) => PickleValue) | undefined;
}

/** Counts bytes that constructors allocate. */
export interface ByteBudget {
  /** @throws PickleRefusal when the limit is passed */
  spend(bytes: number): void;
}

/** Key of an {@link AllowList}: module and name joined by one space, `numpy dtype`. */
export type GlobalName = `${string} ${string}`;

/** The only names that a pickle may mention. */
export type AllowList = ReadonlyMap<GlobalName, AllowedGlobal>;

/** Several allowlists as one; later ones win. */
export function mergeAllowLists(...lists: readonly AllowList[]): AllowList {
  return new Map(lists.flatMap((list) => [...list]));
}

/** Whether `value` is a dict. */
export function isDict(value: PickleValue | undefined): value is ReadonlyMap<PickleValue, PickleValue> {
  return value instanceof Map;
}

/** Whether `value` is a list or a tuple. */
export function isSequence(value: PickleValue | undefined): value is readonly PickleValue[] {
  return Array.isArray(value);
}
