import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSlidestreamError, randomStream, type SlidestreamError } from '@slidestream/core';
import { afterAll, describe, expect, test } from 'vitest';
import { defaultAllowList, pickleBytes, pickleValue, type UnpickleOptions, unpickle, unpickleJpeg } from './index.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-pickle-'));
const canary = join(work, 'canary');
afterAll(() => rmSync(work, { recursive: true }));

const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')];
const bytes = (...parts: readonly (number | string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : typeof part === 'string' ? ascii(part) : [...part])));
const short = (text: string): number[] => [0x8c, text.length, ...ascii(text)];
const uint64 = (value: bigint): number[] => [...new Uint8Array(BigUint64Array.of(value).buffer)];

function refusal(data: Uint8Array, options?: UnpickleOptions): SlidestreamError {
  try {
    const value = unpickle(data, options);
    throw new Error(`accepted: ${String(value)}`);
  } catch (error) {
    if (!isSlidestreamError(error)) throw error;
    return error;
  }
}

/** Names through which picklescan, modelscan and fickling were got round. */
const names: readonly (readonly [string, string])[] = [
  ['os', 'system'],
  ['posix', 'system'],
  ['nt', 'system'],
  ['subprocess', 'Popen'],
  ['subprocess', 'check_output'],
  ['builtins', 'eval'],
  ['builtins', 'exec'],
  ['builtins', 'getattr'],
  ['builtins', '__import__'],
  ['builtins', 'open'],
  ['builtins', 'compile'],
  ['__builtin__', 'apply'],
  ['importlib', 'import_module'],
  ['runpy', '_run_code'],
  ['pip', 'main'],
  ['webbrowser', 'open'],
  ['socket', 'create_connection'],
  ['urllib.request', 'urlopen'],
  ['shutil', 'rmtree'],
  ['ctypes', 'CDLL'],
  ['pty', 'spawn'],
  ['code', 'interact'],
  ['timeit', 'timeit'],
  ['pydoc', 'locate'],
  ['cProfile', 'run'],
  ['bdb', 'Bdb'],
  ['operator', 'methodcaller'],
  ['functools', 'partial'],
  ['numpy.testing._private.utils', 'runstring'],
  ['numpy.f2py.crackfortran', 'getlincoef'],
  ['numpy.core.multiarray', 'fromfile'],
  ['numpy', 'load'],
  ['torch', 'load'],
  ['torch._utils', '_rebuild_tensor_v2'],
  ['torch.hub', 'load'],
  ['copyreg', '_reconstructor'],
  ['copy_reg', 'add_extension'],
  ['_codecs', 'decode'],
  ['codecs', 'encode'],
  ['_codecs', 'encode.__class__'],
  ['builtins', 'bytes.__subclasses__'],
  ['types', 'FunctionType'],
];

/** Each way in which a pickle makes something run. */
const gadgets: Readonly<Record<string, (module: string, name: string) => Uint8Array>> = {
  'GLOBAL REDUCE': (module, name) => bytes(`c${module}\n${name}\n`, '(', `S'touch ${canary}'\n`, 'tR.'),
  'STACK_GLOBAL REDUCE': (module, name) => bytes([0x80, 4], short(module), short(name), 0x93, '(', `S'touch ${canary}'\n`, 'tR.'),
  INST: (module, name) => bytes('(', `S'touch ${canary}'\n`, `i${module}\n${name}\n.`),
  OBJ: (module, name) => bytes('(', `c${module}\n${name}\n`, `S'touch ${canary}'\n`, 'o.'),
  NEWOBJ: (module, name) => bytes([0x80, 2], `c${module}\n${name}\n`, '(', `S'touch ${canary}'\n`, 't', 0x81, '.'),
  NEWOBJ_EX: (module, name) => bytes([0x80, 4], `c${module}\n${name}\n`, ')', '}', 0x92, '.'),
  BUILD: (module, name) => bytes(`c${module}\n${name}\n`, '}', 'b.'),
};

describe('malicious pickles', () => {
  for (const [gadget, make] of Object.entries(gadgets)) {
    test(`${gadget}: every foreign name is refused by name and offset`, () => {
      for (const [module, name] of names) {
        const error = refusal(make(module, name));
        expect(error.code, `${module}.${name}`).toBe('pickle/refused-name');
        expect(error.message).toContain(`${module}.${name}`);
        expect(error.where.offset).toBeGreaterThanOrEqual(0);
        expect(error.message).toMatch(/opcode (GLOBAL|STACK_GLOBAL|INST)/);
        const nested = pickleBytes(make(module, name));
        expect(unpickleJpeg(nested)).toEqual(make(module, name));
        expect(() => unpickleJpeg(make(module, name))).toThrow(/not on the list/);
      }
    });
  }

  test('allowed names do nothing else than they are for', () => {
    const wrong: readonly (readonly [string, Uint8Array])[] = [
      ['pickle/bad-arguments', bytes('c_codecs\nencode\n', "(S'x'\nS'rot13'\ntR.")],
      ['pickle/bad-arguments', bytes('c_codecs\nencode\n', '(I1\ntR.')],
      ['pickle/refused-call', bytes('cnumpy\nndarray\n', '(I1\ntR.')],
      ['pickle/refused-call', bytes("S'os.system'\n(S'x'\ntR.")],
      ['pickle/refused-call', bytes([0x80, 4], 'c_codecs\nencode\n', ')', '}', "S'a'\n", "S'b'\n", 's', 0x92, '.')],
      ['pickle/refused-state', bytes('c_codecs\nencode\n', '}b.')],
      ['pickle/refused-state', bytes('}', "(S'__class__'\nI1\nd", 'b.')],
      ['pickle/bad-arguments', bytes('cnumpy.core.multiarray\n_reconstruct\n', '(c_codecs\nencode\n(I0\ntI1\ntR.')],
      ['pickle/unsupported-dtype', bytes('cnumpy\ndtype\n', "(S'O8'\nI0\nI1\ntR.")],
      ['pickle/bad-arguments', bytes('cnumpy.core.multiarray\nscalar\n', '(I1\nI2\ntR.')],
      ['pickle/refused-opcode', bytes([0x80, 2, 0x82, 1], '.')],
      ['pickle/refused-opcode', bytes([0x80, 2, 0x83, 1, 0], '.')],
      ['pickle/refused-opcode', bytes([0x80, 2, 0x84, 1, 0, 0, 0], '.')],
      ['pickle/refused-opcode', bytes([0x80, 5, 0x97], '.')],
      ['pickle/refused-persistent', bytes('Pabc\n.')],
      ['pickle/refused-persistent', bytes("S'abc'\nQ.")],
      ['pickle/wrong-target', bytes('(I1\nI2\nt', "S'a'\nI1\ns.")],
      ['pickle/wrong-target', bytes(')I1\na.')],
      ['pickle/wrong-target', bytes(']I1\nI2\ns.')],
      ['pickle/wrong-target', bytes('}I1\na.')],
      ['pickle/unhashable', bytes('}]I2\ns.')],
      ['pickle/refused-name', bytes([0x80, 4], 'I1\nI2\n', 0x93, '.')],
    ];
    for (const [code, data] of wrong) expect(refusal(data).code, Buffer.from(data).toString('latin1')).toBe(code);
  });

  test('a key __proto__ is only a key', () => {
    const value = unpickle(pickleValue(new Map([['__proto__', 1]]))) as ReadonlyMap<string, number>;
    expect(value.get('__proto__')).toBe(1);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('the canary never appeared', () => expect(existsSync(canary)).toBe(false));
});

describe('bombs', () => {
  const started = (): (() => number) => {
    const start = performance.now();
    return () => performance.now() - start;
  };
  const laughs = (levels: number): Uint8Array => {
    const parts: number[] = [0x80, 4, 0x5d, 0x94];
    for (let level = 1; level <= levels; level++)
      parts.push(0x5d, 0x94, 0x28, ...Array.from({ length: 10 }, () => [0x68, level - 1]).flat(), 0x65);
    return Uint8Array.from([...parts, 0x2e]);
  };
  const cases: readonly (readonly [string, string, () => Uint8Array])[] = [
    ['billion laughs', 'pickle/too-large', () => laughs(30)],
    ['200,000 nested lists', 'pickle/too-deep', () => bytes([0x80, 2], Array(200_000).fill(0x5d), Array(199_999).fill(0x61), '.')],
    ['200,000 nested tuples', 'pickle/too-deep', () => bytes([0x80, 2, 0x29], Array(200_000).fill(0x85), '.')],
    ['200,000 marks', 'pickle/too-deep', () => bytes([0x80, 2], Array(200_000).fill(0x28), '.')],
    ['a list that holds itself', 'pickle/cyclic', () => bytes([0x80, 2], ']q', 0, 'h', 0, 'a.')],
    ['BINBYTES8 of 2^40', 'pickle/truncated', () => bytes([0x80, 4, 0x8e], uint64(2n ** 40n), 'abc.')],
    ['BINBYTES8 of 2^63', 'pickle/truncated', () => bytes([0x80, 4, 0x8e], uint64(2n ** 63n), 'abc.')],
    ['BYTEARRAY8 of 2^40', 'pickle/truncated', () => bytes([0x80, 5, 0x96], uint64(2n ** 40n), '.')],
    ['BINUNICODE8 of 2^53', 'pickle/truncated', () => bytes([0x80, 4, 0x8d], uint64(2n ** 53n), '.')],
    ['BINBYTES of 2^32 - 1', 'pickle/truncated', () => bytes([0x80, 3, 0x42, 255, 255, 255, 255], '.')],
    ['a frame of 2^60', 'pickle/truncated', () => bytes([0x80, 4, 0x95], uint64(2n ** 60n), 'N.')],
    ['an integer of 2^31 bytes', 'pickle/bad-number', () => bytes([0x80, 2, 0x8b, 255, 255, 255, 127], '.')],
    ['an integer of negative size', 'pickle/bad-number', () => bytes([0x80, 2, 0x8b, 255, 255, 255, 255], '.')],
    ['a million digits', 'pickle/bad-number', () => bytes(`L${'9'.repeat(1_000_000)}L\n.`)],
    ['text encoded a thousand times', 'pickle/too-large', () => encodeAgain(1000)],
    ['a memo entry of 2^32 - 1', 'pickle/bad-memo', () => bytes([0x80, 2, 0x6a, 255, 255, 255, 255], '.')],
    ['a numpy shape that overflows', 'pickle/bad-state', () => numpyShape('(I9007199254740991\nI1024\nt')],
    ['a numpy shape below zero', 'pickle/bad-state', () => numpyShape('(I-1\nt')],
  ];
  const encodeAgain = (times: number): Uint8Array => {
    const text = 'x'.repeat(100_000);
    return bytes(
      [0x80, 2],
      `V${text}\n`,
      'q',
      0,
      "S'latin1'\nq",
      1,
      ']',
      Array.from({ length: times }, () => ascii('c_codecs\nencode\n').concat([0x68, 0, 0x68, 1, 0x86, 0x52, 0x61])).flat(),
      '.',
    );
  };
  const numpyShape = (shape: string): Uint8Array =>
    bytes(
      [0x80, 2],
      'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\nt',
      "S'b'\ntR",
      '(I1\n',
      shape,
      "cnumpy\ndtype\n(S'f4'\nI0\nI1\ntR",
      'I00\n',
      0x43,
      4,
      'abcdt',
      'b.',
    );

  test.each(cases)('%s', (_, code, make) => {
    const data = make();
    const elapsed = started();
    expect(refusal(data, { python2Text: 'ascii' }).code).toBe(code);
    expect(elapsed()).toBeLessThan(2000);
  });
});

test('mutated pickles are read or refused with a type, never anything else', () => {
  const random = randomStream(20261123, 'pickle-fuzz');
  const seeds = [
    pickleValue(
      new Map([
        ['case-1', 512],
        ['case-2', 70_000],
      ]),
    ),
    pickleValue(['a', 'b', new Uint8Array(300), [1, 2.5, null, true, 2n ** 70n]]),
    bytes("(lp0\nS'abc'\np1\naI5\naL12345678901234567890L\naF1.5\naVx\\u00e9\np2\na(dp3\nS'k'\nI1\nsa."),
    bytes([0x80, 2], 'c_codecs\nencode\nq', 0, 'X', [3, 0, 0, 0], 'abcq', 1, 'X', [6, 0, 0, 0], 'latin1q', 2, 0x86, 'q', 3, 'Rq', 4, '.'),
    bytes([0x80, 2], 'cnumpy\ndtype\n(X', [2, 0, 0, 0], 'f4I0\nI1\ntR(I3\nX', [1, 0, 0, 0], '<NNNI-1\nI-1\nI0\ntb.'),
  ];
  const outcomes = { read: 0, refused: 0 };
  for (let round = 0; round < 4000; round++) {
    const mutated = Uint8Array.from(seeds[random.integer(seeds.length)] as Uint8Array);
    for (let flips = 1 + random.integer(4); flips > 0; flips--) mutated[random.integer(mutated.length)] = random.integer(256);
    const data = random.integer(4) === 0 ? mutated.subarray(0, random.integer(mutated.length)) : mutated;
    try {
      unpickle(data, { allow: defaultAllowList });
      outcomes.read++;
    } catch (error) {
      if (!isSlidestreamError(error)) throw new Error(`round ${round}: ${String(error)}`, { cause: error });
      outcomes.refused++;
    }
  }
  expect(outcomes.read).toBeGreaterThan(100);
  expect(outcomes.refused).toBeGreaterThan(1000);
});
