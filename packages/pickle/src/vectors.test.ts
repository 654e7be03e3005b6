import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type PickleInput, type PickleValue, pickleBytes, pickleValue, unpickle, unpickleJpeg } from './index.js';

const folder = resolve(import.meta.dirname, '../../../../shared/vectors/files');
const present = existsSync(folder);
if (!present) process.stderr.write('skipped: golden pickles, ../shared is absent\n');

interface Info {
  readonly big_jpeg_sha256: string;
  readonly values: {
    readonly bytes_short_hex: string;
    readonly int_len: number;
    readonly int_neg_big: number;
    readonly list_bytes: readonly string[];
    readonly list_str: readonly string[];
    readonly dict_pn: Readonly<Record<string, number>>;
    readonly dict_pn_np_int64: Readonly<Record<string, number>>;
  };
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const bytes300 = Uint8Array.from({ length: 300 }, (_, i) => (i < 256 ? i : 0x78));

function expected(info: Info): Readonly<Record<string, PickleInput>> {
  const { values } = info;
  return {
    bytes_empty: new Uint8Array(0),
    bytes_short: Uint8Array.from(Buffer.from(values.bytes_short_hex, 'hex')),
    bytes_300: bytes300,
    int_len: values.int_len,
    int_neg_big: values.int_neg_big,
    list_bytes: values.list_bytes.map(text),
    list_str: values.list_str,
    dict_pn: new Map(Object.entries(values.dict_pn)),
    dict_pn_np_int64: new Map(Object.entries(values.dict_pn_np_int64)),
    tuple_mixed: [1, 2.5, null, true, 'x', text('y')],
    long_list: Array.from({ length: 1200 }, (_, i) => `s${i}`),
  };
}

describe.skipIf(!present)('golden pickles of CPython', () => {
  const info = present ? ((JSON.parse(readFileSync(join(folder, 'info.json'), 'utf8')) as { pickle: Info }).pickle as Info) : undefined;
  const files = present ? readdirSync(join(folder, 'pickle')).sort() : [];

  test.each(files)('%s is read', (file) => {
    const bytes = readFileSync(join(folder, 'pickle', file));
    const name = file.split('.')[0] as string;
    if (name === 'jpeg_over_64k') {
      expect(
        createHash('sha256')
          .update(unpickleJpeg(bytes))
          .digest('hex')
          .startsWith((info as Info).big_jpeg_sha256.slice(0, 16)),
      ).toBe(true);
      return;
    }
    const value: PickleValue = unpickle(bytes);
    const want = expected(info as Info)[name];
    expect(want, `no expectation for ${name}`).toBeDefined();
    const plain = (item: unknown): unknown =>
      item instanceof Uint8Array ? Uint8Array.from(item) : Array.isArray(item) ? item.map(plain) : item;
    expect(plain(value)).toEqual(plain(want));
  });

  test.each(files.filter((file) => file.endsWith('.p4.pkl') && !file.startsWith('tuple') && !file.startsWith('dict_pn_np')))(
    '%s is written byte for byte',
    (file) => {
      const bytes = Uint8Array.from(readFileSync(join(folder, 'pickle', file)));
      const name = file.split('.')[0] as string;
      const ours = name === 'jpeg_over_64k' ? pickleBytes(unpickleJpeg(bytes)) : pickleValue(expected(info as Info)[name] as PickleInput);
      expect(Buffer.compare(ours, bytes)).toBe(0);
    },
  );
});
