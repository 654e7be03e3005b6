import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { isSlidestreamError, randomStream, type TensorRecord } from '@slidestream/core';
import { afterAll, describe, expect, test } from 'vitest';
import { safeName } from './exchange-folders.js';
import { writeHdf5 } from './hdf5-file.js';
import {
  convertFeatures,
  encodeNpy,
  encodeSafetensors,
  encodeTorch,
  readFeatureFile,
  readFeatures,
  readNpy,
  readNpz,
  readSafetensors,
  readTileCoords,
  readTorch,
  writeFeatures,
} from './index.js';
import { coordsOf, featuresOf } from './testing/foreign-files.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-hostile-'));
afterAll(() => rmSync(work, { recursive: true }));

const weight: TensorRecord = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
const tensors = new Map([
  ['weight', weight],
  ['bias', { dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, 2n) } as TensorRecord],
]);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'fine';
  } catch (error) {
    if (!isSlidestreamError(error)) throw error;
    return error.code;
  }
}

/** A safetensors file of any header text. */
function withHeader(header: string, dataBytes: number, announced = Buffer.byteLength(header)): Uint8Array {
  const out = Buffer.alloc(8 + Buffer.byteLength(header) + dataBytes);
  out.writeBigUInt64LE(BigInt(announced));
  out.write(header, 8);
  return new Uint8Array(out);
}

describe('safetensors', () => {
  const entry = (shape: unknown, start: unknown, end: unknown, dtype: unknown = 'F32'): string =>
    JSON.stringify({ dtype, shape, data_offsets: [start, end] });
  const cases: readonly (readonly [string, string, Uint8Array])[] = [
    ['empty file', 'format/safetensors-truncated', new Uint8Array(0)],
    ['header of 2^60', 'format/safetensors-header', withHeader('{}', 0, 2 ** 53)],
    ['header over 100 MB', 'format/safetensors-header', withHeader('{}', 0, 100_000_001)],
    ['header behind the end', 'format/safetensors-truncated', withHeader('{}', 0, 1000)],
    ['header that does not begin with {', 'format/safetensors-header', withHeader(' {}', 0)],
    ['header that is no JSON', 'format/safetensors-header', withHeader('{"a":', 0)],
    ['duplicate tensor', 'format/safetensors-duplicate', withHeader(`{"a":${entry([1], 0, 4)},"a":${entry([1], 4, 8)}}`, 8)],
    ['duplicate by escape', 'format/safetensors-duplicate', withHeader(`{"a":${entry([1], 0, 4)},"\\u0061":${entry([1], 4, 8)}}`, 8)],
    [
      'duplicate field',
      'format/safetensors-duplicate',
      withHeader('{"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4]}}', 4),
    ],
    ['hole', 'format/safetensors-layout', withHeader(`{"a":${entry([1], 0, 4)},"b":${entry([1], 8, 12)}}`, 12)],
    ['overlap', 'format/safetensors-layout', withHeader(`{"a":${entry([2], 0, 8)},"b":${entry([1], 4, 8)}}`, 8)],
    ['data behind the last tensor', 'format/safetensors-truncated', withHeader(`{"a":${entry([1], 0, 4)}}`, 8)],
    ['data cut off', 'format/safetensors-truncated', withHeader(`{"a":${entry([4], 0, 16)}}`, 8)],
    ['shape that does not fit', 'format/safetensors-shape', withHeader(`{"a":${entry([2], 0, 4)}}`, 4)],
    ['shape that overflows', 'format/safetensors-shape', withHeader(`{"a":${entry([2 ** 40, 2 ** 40], 0, 4)}}`, 4)],
    ['negative shape', 'format/safetensors-shape', withHeader(`{"a":${entry([-1, -1], 0, 4)}}`, 4)],
    ['negative range', 'format/safetensors-layout', withHeader(`{"a":${entry([1], -4, 0)}}`, 4)],
    ['range of text', 'format/safetensors-layout', withHeader(`{"a":${entry([1], '0', 4)}}`, 4)],
    ['unknown type', 'format/safetensors-dtype', withHeader(`{"a":${entry([1], 0, 4, 'F8_E4M3')}}`, 4)],
    ['type of an object’s own', 'format/safetensors-dtype', withHeader(`{"a":${entry([1], 0, 4, 'constructor')}}`, 4)],
    ['metadata of numbers', 'format/safetensors-header', withHeader('{"__metadata__":{"a":1}}', 0)],
    ['a tensor that is null', 'format/safetensors-dtype', withHeader('{"a":null}', 0)],
  ];
  test.each(cases)('%s', async (_, code, bytes) => {
    expect(await codeOf(readSafetensors(bytes))).toBe(code);
    const path = join(work, 'case.safetensors');
    writeFileSync(path, bytes);
    expect(await codeOf(readSafetensors(path))).toBe(code);
  });

  test('100,000 tensors are read at once', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, i) => [`t${i}`, { dtype: 'U8', shape: [1], data_offsets: [i, i + 1] }]),
    );
    const start = process.cpuUsage();
    expect((await readSafetensors(withHeader(JSON.stringify(many), 100_000))).size).toBe(100_000);
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });
});

interface Part {
  readonly name: string;
  readonly content: Uint8Array;
  readonly packed?: Uint8Array;
  readonly method?: number;
  readonly localName?: string;
  readonly flags?: number;
  readonly size?: number;
  readonly crc?: number;
  readonly at?: number;
}

/** A zip archive whose fields may lie. */
function zip(parts: readonly Part[]): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const data = part.packed ?? part.content;
    const local = Buffer.alloc(30);
    const localName = Buffer.from(part.localName ?? part.name);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(part.flags ?? 0, 6);
    local.writeUInt16LE(part.method ?? 0, 8);
    local.writeUInt32LE(part.crc ?? crc32(part.content), 14);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(part.size ?? part.content.length, 22);
    local.writeUInt16LE(localName.length, 26);
    const central = Buffer.alloc(46);
    const name = Buffer.from(part.name);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(part.flags ?? 0, 8);
    central.writeUInt16LE(part.method ?? 0, 10);
    central.writeUInt32LE(part.crc ?? crc32(part.content), 16);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(part.size ?? part.content.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(part.at ?? at, 42);
    centrals.push(Buffer.concat([central, name]));
    const whole = Buffer.concat([local, localName, data]);
    locals.push(whole);
    at += whole.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...locals, directory, end]));
}

describe('PyTorch archives', () => {
  const latin = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
  const tensorPickle = (count: number, offset: number, shape: string, stride: string, storage = 'FloatStorage'): Uint8Array =>
    latin(
      `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\n${storage}\nU\x010U\x03cpuI${count}\ntQI${offset}\n${shape}${stride}\x89ccollections\nOrderedDict\n)RtR.`,
    );
  const data = { name: 'a/data/0', content: new Uint8Array(24) };
  const pickle = (content: Uint8Array): Part => ({ name: 'a/data.pkl', content });
  const good = tensorPickle(6, 0, '(I2\nI3\nt', '(I3\nI1\nt');
  const cases: readonly (readonly [string, string, Uint8Array])[] = [
    ['nothing wrong', 'fine', zip([pickle(good), data])],
    ['no end', 'format/zip-directory', zip([pickle(good), data]).subarray(0, -5)],
    ['a name in two places', 'format/zip-duplicate', zip([pickle(good), data, data])],
    ['a name that leads out', 'format/zip-name', zip([pickle(good), data, { name: '../evil', content: latin('x') }])],
    ['an absolute name', 'format/zip-name', zip([pickle(good), data, { name: '/etc/x', content: latin('x') }])],
    ['a drive', 'format/zip-name', zip([pickle(good), data, { name: 'C:\\x', content: latin('x') }])],
    ['an encrypted entry', 'format/zip-encrypted', zip([{ ...pickle(good), flags: 1 }, data])],
    ['a compressed entry', 'format/zip-compressed', zip([{ ...pickle(good), packed: deflateRawSync(good), method: 8 }, data])],
    ['another name in the local header', 'format/zip-mismatch', zip([{ ...pickle(good), localName: 'a/data.pkx' }, data])],
    ['two sizes of a stored entry', 'format/zip-directory', zip([pickle(good), { ...data, size: 1000 }])],
    ['a wrong checksum', 'format/zip-checksum', zip([pickle(good), { ...data, crc: 5 }])],
    ['entries that overlap', 'format/zip-mismatch', zip([pickle(good), { ...data, at: 0 }])],
    ['an offset behind the end', 'format/truncated', zip([pickle(good), { ...data, at: 1 << 30 }])],
    ['no pickle', 'format/torch-not', zip([data])],
    ['two pickles', 'format/torch-not', zip([pickle(good), { ...pickle(good), name: 'b/data.pkl' }, data])],
    ['a storage that is missing', 'format/torch-storage', zip([pickle(good)])],
    ['a storage that is too short', 'format/torch-storage', zip([pickle(good), { ...data, content: new Uint8Array(20) }])],
    ['a storage that is too long', 'format/torch-storage', zip([pickle(good), { ...data, content: new Uint8Array(28) }])],
    ['a tensor behind its storage', 'pickle/bad-tensor', zip([pickle(tensorPickle(6, 1, '(I2\nI3\nt', '(I3\nI1\nt')), data])],
    ['a stride behind its storage', 'pickle/bad-tensor', zip([pickle(tensorPickle(6, 0, '(I2\nI3\nt', '(I4\nI1\nt')), data])],
    ['a negative stride', 'pickle/bad-tensor', zip([pickle(tensorPickle(6, 5, '(I2\nI3\nt', '(I-3\nI-1\nt')), data])],
    ['a huge view of little', 'format/torch-too-large', zip([pickle(tensorPickle(6, 0, '(I1000000\nI100000\nt', '(I0\nI0\nt')), data])],
    ['a size that overflows', 'pickle/bad-tensor', zip([pickle(tensorPickle(6, 0, '(I9007199254740991\nI3\nt', '(I0\nI0\nt')), data])],
    ['a storage of objects', 'pickle/refused-name', zip([pickle(tensorPickle(6, 0, '(I2\nI3\nt', '(I3\nI1\nt', 'PyObjectStorage')), data])],
    ['a gadget', 'pickle/refused-name', zip([pickle(latin('cos\nsystem\n(U\x02idtR.')), data])],
    [
      'items set on a tensor',
      'pickle/wrong-target',
      zip([pickle(latin(`${Buffer.from(good.subarray(0, -1)).toString('latin1')}U\x01aI1\ns.`)), data]),
    ],
    ['an old file of nothing', 'format/torch-not', latin('\x80\x02I5\n.')],
    ['text', 'format/torch-not', latin('hello, this is text')],
  ];
  test.each(cases)('%s', async (_, code, bytes) => {
    expect(await codeOf(readTorch(bytes))).toBe(code);
  });
});

describe('npy and npz', () => {
  const npy = (header: string, data = new Uint8Array(4)): Uint8Array =>
    new Uint8Array(
      Buffer.concat([
        Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 255, header.length >> 8]),
        Buffer.from(header),
        data,
      ]),
    );
  const cases: readonly (readonly [string, string, Uint8Array])[] = [
    ['fine', 'fine', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n")],
    ['objects', 'format/dtype', npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n")],
    ['a pickled header', 'format/npy-header', npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n")],
    [
      'a shape that overflows',
      'format/npy-header',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740991, 9007199254740991), }\n"),
    ],
    ['too few bytes', 'format/npy-truncated', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n")],
    ['too many bytes', 'format/npy-truncated', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", new Uint8Array(8))],
    ['code in the header', 'format/npy-header', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os'),), }\n")],
    ['another version', 'format/npy-header', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 9, 0, 0, 0, 0, 0)],
    ['nothing', 'format/npy-header', new Uint8Array(0)],
  ];
  test.each(cases)('%s', async (_, code, bytes) => expect(await codeOf(readNpy(bytes))).toBe(code));

  test('a bomb of a gigabyte is refused before it is unpacked', async () => {
    const zeros = deflateRawSync(new Uint8Array(32 << 20));
    const lying: Part = { name: 'a.npy', content: new Uint8Array(0), packed: zeros, method: 8, size: 2 ** 30, crc: 0 };
    const before = process.memoryUsage().rss;
    expect(await codeOf(readNpz(zip([lying])))).toBe('format/npz-too-large');
    expect(await codeOf(readNpz(zip([{ ...lying, size: 1000 }])))).toBe('format/zip-inflate');
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
  });

  test('what is no array is named', async () => {
    expect(await codeOf(readNpz(zip([{ name: 'a.txt', content: Uint8Array.of(1) }])))).toBe('format/npz-entry');
    expect((await readNpz(zip([{ name: 'a.npy', content: encodeNpy(weight) }]))).get('a')).toEqual(weight);
  });
});

test('mutated files of every kind are read or refused with a type', async () => {
  const random = randomStream(1123, 'formats-fuzz');
  const h5 = join(work, 'seed.h5');
  await writeFeatures(h5, {
    features: new Float32Array(60),
    count: 10,
    dim: 6,
    coords: new Float64Array(20),
    coordsUnit: 'px',
    attributes: { name: 'a', patch_size: 256 },
  });
  const path = join(work, 'fuzz.h5');
  const readFromFile = (bytes: Uint8Array): Promise<unknown> => {
    writeFileSync(path, bytes);
    return readFeatures(path);
  };
  const kinds: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => Promise<unknown>, number])[] = [
    ['safetensors', encodeSafetensors(tensors, { a: 'b' }), readSafetensors, 500],
    [
      'torch',
      encodeTorch(
        new Map<string, never>([
          ['model', tensors],
          ['epoch', 3],
        ] as never),
      ),
      readTorch,
      500,
    ],
    ['npy', encodeNpy(weight), readNpy, 300],
    ['npz', zip([{ name: 'a.npy', content: encodeNpy(weight), packed: deflateRawSync(encodeNpy(weight)), method: 8 }]), readNpz, 300],
    ['h5', new Uint8Array(readFileSync(h5)), readFromFile, 150],
  ];
  for (const [kind, seed, read, rounds] of kinds) {
    let refused = 0;
    for (let round = 0; round < rounds; round++) {
      const bytes = seed.slice();
      for (let flips = 1 + random.integer(5); flips > 0; flips--) bytes[random.integer(bytes.length)] = random.integer(256);
      const cut = random.integer(5) === 0 ? bytes.subarray(0, random.integer(bytes.length)) : bytes;
      try {
        await read(cut);
      } catch (error) {
        if (!isSlidestreamError(error)) throw new Error(`${kind}, round ${round}: ${String(error)}`, { cause: error });
        refused++;
      }
    }
    expect(refused, kind).toBeGreaterThan(rounds / 10);
  }
});

test('mutated files of other systems are read or refused with a type, quickly and in little memory', async () => {
  const random = randomStream(1124, 'interchange-fuzz');
  const root = join(work, 'foreign');
  const before = process.memoryUsage().rss;
  const kinds = [
    ...(['clam', 'trident', 'atlaspatch', 'hs2p', 'wsinfer'] as const).map(
      (system) => [system, coordsOf[system], (path: string) => readTileCoords(path, system)] as const,
    ),
    ...(['clam', 'trident', 'stamp', 'atlaspatch', 'slide2vec', 'slideflow'] as const).map(
      (system) => [`${system} features`, featuresOf[system], (path: string) => readFeatureFile(path, system)] as const,
    ),
  ];
  for (const [name, make, read] of kinds) {
    const files = await make(join(root, name));
    const seeds = files.map((file) => [file, readFileSync(file)] as const);
    await read(files[0] as string);
    for (let round = 0; round < 40; round++) {
      const [file, seed] = seeds[round % seeds.length] as (typeof seeds)[number];
      const bytes = Uint8Array.from(seed);
      for (let flips = 1 + random.integer(8); flips > 0; flips--) bytes[random.integer(bytes.length)] = random.integer(256);
      writeFileSync(file, random.integer(5) === 0 ? bytes.subarray(0, random.integer(bytes.length)) : bytes);
      const error: unknown = await read(files[0] as string).catch((caught: unknown) => caught);
      if (error instanceof Error && !isSlidestreamError(error))
        throw new Error(`${name}, round ${round}: ${String(error)}`, { cause: error });
      writeFileSync(file, seed);
    }
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(400 << 20);
});

test('a dataset that announces more than its file can hold is refused before it is read', async () => {
  const path = join(work, 'bomb.h5');
  await writeHdf5(path, (file) => {
    const data = file.create_dataset({
      name: 'coords',
      data: new BigInt64Array(2),
      shape: [1, 2],
      dtype: '<q',
      chunks: [1, 2],
      maxshape: [null, 2],
    });
    data.resize([1 << 27, 2]);
  });
  expect(await codeOf(readTileCoords(path, 'clam'))).toBe('format/hdf5-shape');
});

test('origins and names from files are checked', async () => {
  const bag = { features: Float32Array.of(1), count: 1, dim: 1, coords: null, coordsUnit: null, attributes: {} };
  const path = join(work, 'origin.safetensors');
  for (const origin of ['{', '[]', '{"system":"clam"}', '{"system":"__proto__","dataset":"a"}']) {
    await writeFeatures(path, { ...bag, attributes: { slidestream_origin: origin } });
    expect(await codeOf(readFeatures(path))).toBe('format/origin');
  }
  for (const slide of ['../x', 'a/b', '', '..', 'a\0b', 'x'.repeat(300)]) {
    const report = convertFeatures({ from: path, fromSystem: 'slidestream', to: work, toSystem: 'clam', onSlide: () => undefined });
    await expect(report).resolves.toMatchObject({ slides: [], failures: [{ error: { code: 'format/origin' } }] });
    expect(() => safeName(slide)).toThrow(expect.objectContaining({ code: 'format/unsafe-name' }));
  }
});
