import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type PickleInput, pickleBytes, pickleValue, unpickle } from './index.js';

const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
const found = spawnSync(python, ['-c', 'import pickle']).status === 0;
if (!found) process.stderr.write(`skipped: comparison with CPython, ${python} is absent\n`);

function runPython(script: string): string {
  const result = spawnSync(python, ['-c', script], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}

const sizes = [0, 1, 2, 3, 10, 255, 256, 257, 1000, 65_528, 65_529, 65_535, 65_536, 65_537, 200_000];

describe.skipIf(!found)('against CPython', () => {
  test('what pickleValue and pickleBytes write is what pickle.dumps(x, 4) writes', () => {
    const script = `
import pickle, hashlib
h = lambda x: print(hashlib.sha256(pickle.dumps(x, 4)).hexdigest())
for n in ${JSON.stringify(sizes)}: h(bytes(i % 251 for i in range(n)))
for n in (0, 1, 2, 999, 1000, 1001, 2000, 2001, 9000): h([('case-%d' % i).encode() for i in range(n)])
for n in (0, 1, 2, 999, 1000, 1001, 2000, 2001, 9000): h(['Fall-ä%d' % i for i in range(n)])
for n in (0, 1, 2, 999, 1000, 1001, 2000, 2001, 9000): h({'case-%d' % i: i * 37 for i in range(n)})
for n in (0, 1, 255, 256, 65535, 65536, 2**31-1, 2**31, 2**40, -1, -128, -129, -2**31, -2**31-1, -2**40): h(n)
h(['x' * 70000, 'y', 'z' * 65530, 'w'])
h({'a': b'q' * 65536, 'b': b'r' * 65535, 'c': 1})
`;
    const counts = [0, 1, 2, 999, 1000, 1001, 2000, 2001, 9000];
    const of = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
    const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => i % 251);
    const letters = (text: string, n: number): Uint8Array => new Uint8Array(n).fill(text.charCodeAt(0));
    const values: PickleInput[] = [
      ...sizes.map(bytes),
      ...counts.map((n) => of(n, (i) => new TextEncoder().encode(`case-${i}`))),
      ...counts.map((n) => of(n, (i) => `Fall-ä${i}`)),
      ...counts.map((n) => new Map(of(n, (i) => [`case-${i}`, i * 37] as const))),
      ...[0, 1, 255, 256, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 40, -1, -128, -129, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 40)],
      ['x'.repeat(70000), 'y', 'z'.repeat(65530), 'w'],
      new Map<PickleInput, PickleInput>([
        ['a', letters('q', 65536)],
        ['b', letters('r', 65535)],
        ['c', 1],
      ]),
    ];
    const hash = (data: Uint8Array): string => runHash(data);
    const theirs = runPython(script).trim().split('\n');
    expect(values.map((value) => hash(pickleValue(value)))).toEqual(theirs);
    expect(sizes.map((n) => hash(pickleBytes(bytes(n))))).toEqual(theirs.slice(0, sizes.length));
  });

  test('random benign values of every protocol are read as CPython reads them', () => {
    const script = `
import pickle, json, random, base64
random.seed(7)
def value(depth=0):
    kind = random.randrange(12 if depth < 4 else 8)
    if kind == 0: return random.choice([None, True, False])
    if kind == 1: return random.choice([0, 1, 255, 256, 65536, -1, 2**31, -2**31, 2**53 + 1, -2**70, random.getrandbits(200), random.randrange(10**6)])
    if kind == 2: return random.choice([0.5, -1e300, 3.25, 1e-5, float('inf')])
    if kind == 3: return ''.join(random.choice("aZ9 \\n\\\\'\\"\\x00é病😀") for _ in range(random.randrange(12)))
    if kind == 4: return bytes(random.randrange(256) for _ in range(random.randrange(300)))
    if kind == 5: return bytearray(random.randrange(256) for _ in range(random.randrange(20)))
    if kind == 6: return 's' * random.choice([255, 256, 70000]) if random.random() < 0.05 else 't'
    if kind == 7: return random.randrange(-5, 300)
    if kind == 8: return [value(depth + 1) for _ in range(random.randrange(5))]
    if kind == 9: return tuple(value(depth + 1) for _ in range(random.randrange(5)))
    if kind == 10: return {('k%d' % i if i % 2 else i * 1000): value(depth + 1) for i in range(random.randrange(5))}
    return random.choice([set, frozenset])('e%d' % i for i in range(random.randrange(4)))
def plain(v):
    if v is None or isinstance(v, bool): return v
    if isinstance(v, int): return ['int', str(v)]
    if isinstance(v, float): return ['float', v.hex()]
    if isinstance(v, str): return ['str', v]
    if isinstance(v, (bytes, bytearray)): return ['bytes', base64.b64encode(bytes(v)).decode()]
    if isinstance(v, list): return ['list'] + [plain(x) for x in v]
    if isinstance(v, tuple): return ['tuple'] + [plain(x) for x in v]
    if isinstance(v, dict): return ['dict'] + [[plain(a), plain(b)] for a, b in v.items()]
    return ['set'] + sorted(plain(x)[1] for x in v)
print(json.dumps([[base64.b64encode(pickle.dumps(v, p)).decode(), plain(v)] for v, p in ((value(), random.randrange(6)) for _ in range(700))]))
`;
    const cases = JSON.parse(runPython(script)) as [string, unknown][];
    for (const [index, [encoded, want]] of cases.entries()) {
      const got = plain(unpickle(Buffer.from(encoded, 'base64')), want);
      expect(got, `case ${index}: ${encoded.slice(0, 200)}`).toEqual(want);
    }
  });
});

function runHash(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Our value in the script's form; `want` tells an int from an integral float, which one JavaScript number cannot. */
function plain(value: unknown, want: unknown): unknown {
  const kind = Array.isArray(want) ? want[0] : undefined;
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return ['int', String(value)];
  if (typeof value === 'number') {
    if (kind === 'float') return value === fromHex(want as [string, string]) ? want : ['float', value];
    return ['int', BigInt(value).toString()];
  }
  if (typeof value === 'string') return ['str', value];
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('base64')];
  const parts = (want as unknown[]).slice(1);
  if (Array.isArray(value)) return [Object.isFrozen(value) ? 'tuple' : 'list', ...value.map((item, i) => plain(item, parts[i]))];
  if (value instanceof Set) return ['set', ...[...value].sort()];
  if (value instanceof Map) {
    return ['dict', ...[...value].map(([k, v], i) => [plain(k, (parts[i] as unknown[])?.[0]), plain(v, (parts[i] as unknown[])?.[1])])];
  }
  return value;
}

/** Python's `float.hex()`. */
function fromHex([, text]: [string, string]): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  const [, sign, digits, exponent] = /^(-?)0x1\.([0-9a-f]+)p([+-]\d+)$/.exec(text) as unknown as [string, string, string, string];
  return (sign === '-' ? -1 : 1) * (1 + Number.parseInt(digits, 16) / 16 ** digits.length) * 2 ** Number(exponent);
}
