import { NumpyArray, NumpyDType, readElement } from './numpy-array.js';
import { PickleRefusal } from './pickle-error.js';
import {
  type AllowedGlobal,
  type AllowList,
  type ByteBudget,
  type GlobalName,
  isSequence,
  PickleGlobal,
  type PickleValue,
} from './pickle-value.js';

type Entry = readonly [GlobalName, AllowedGlobal];

function under(modules: readonly string[], name: string, construct?: AllowedGlobal['construct']): readonly Entry[] {
  return modules.map((module): Entry => [`${module} ${name}`, { construct }]);
}

function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new PickleRefusal('bad-arguments', what);
}

/** Protocols 0–2 write bytes as `_codecs.encode(text, 'latin1')`. */
function encodeLatin1(args: readonly PickleValue[], budget: ByteBudget): Uint8Array {
  const [text, encoding] = args;
  expect(
    typeof text === 'string' && (encoding === 'latin1' || encoding === 'latin-1'),
    '_codecs.encode is called with other than (text, latin1)',
  );
  budget.spend(text.length);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    expect(unit <= 0xff, '_codecs.encode is given text outside latin1');
    out[i] = unit;
  }
  return out;
}

function makeBytes(args: readonly PickleValue[], budget: ByteBudget): Uint8Array {
  const [first] = args;
  if (args.length === 0) return new Uint8Array(0);
  if (args.length === 2) return encodeLatin1(args, budget);
  if (args.length === 1 && first instanceof Uint8Array) return first;
  expect(args.length === 1 && isSequence(first), 'bytes or bytearray is called with unusual arguments');
  budget.spend(first.length);
  return Uint8Array.from(first, (item) => {
    expect(typeof item === 'number' && item >= 0 && item <= 255, 'a byte is not in 0…255');
    return item;
  });
}

function makeSet(args: readonly PickleValue[], budget: ByteBudget): Set<PickleValue> {
  const [items] = args;
  if (args.length === 0) return new Set();
  expect(args.length === 1 && isSequence(items), 'set is called with other than one list');
  budget.spend(8 * items.length);
  for (const item of items)
    expect(!(isSequence(item) && !Object.isFrozen(item)) && !(item instanceof Map), 'an element of a set is not hashable');
  return new Set(items);
}

const BUILTINS = ['builtins', '__builtin__'];
const MULTIARRAY = ['numpy.core.multiarray', 'numpy._core.multiarray'];
const NUMERIC = ['numpy.core.numeric', 'numpy._core.numeric'];

/** What bytes and sets of the older protocols need. */
export const bytesAllowList: AllowList = new Map([
  ['_codecs encode', { construct: encodeLatin1 }] as Entry,
  ...under(BUILTINS, 'bytes', makeBytes),
  ...under(BUILTINS, 'bytearray', makeBytes),
  ...under(BUILTINS, 'set', makeSet),
  ...under(BUILTINS, 'frozenset', makeSet),
]);

function reconstruct(args: readonly PickleValue[]): NumpyArray {
  const [type] = args;
  expect(type instanceof PickleGlobal && type.name === 'ndarray', 'numpy _reconstruct is called for other than ndarray');
  return new NumpyArray();
}

function makeDType(args: readonly PickleValue[]): NumpyDType {
  const [text] = args;
  expect(typeof text === 'string', 'numpy.dtype is called with other than text');
  return NumpyDType.parse(text);
}

function makeScalar(args: readonly PickleValue[]): PickleValue {
  const [dtype, bytes] = args;
  expect(
    dtype instanceof NumpyDType && bytes instanceof Uint8Array && bytes.length === dtype.itemSize,
    'a numpy scalar has other than its bytes',
  );
  return readElement(dtype, bytes, 0);
}

function fromBuffer(args: readonly PickleValue[]): NumpyArray {
  const [bytes, dtype, shape, order] = args;
  expect(args.length === 4 && (order === 'C' || order === 'F'), 'numpy _frombuffer is called with unusual arguments');
  return new NumpyArray().assign(dtype ?? null, shape ?? null, order === 'F', bytes ?? null);
}

/** numpy arrays and scalars of plain numbers, under the names of numpy 1 and 2. */
export const numpyAllowList: AllowList = new Map([
  ['numpy ndarray', {}] as Entry,
  ['numpy dtype', { construct: makeDType }] as Entry,
  ...under(MULTIARRAY, '_reconstruct', reconstruct),
  ...under(MULTIARRAY, 'scalar', makeScalar),
  ...under(NUMERIC, '_frombuffer', fromBuffer),
]);

/** The allowlist of {@link unpickle} when none is given: bytes, sets, numpy. */
export const defaultAllowList: AllowList = new Map([...bytesAllowList, ...numpyAllowList]);
