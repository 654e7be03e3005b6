import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { NumpyArray, type PickleInput, type PickleValue, pickleBytes, pickleValue, unpickle, unpickleJpeg } from '@slidestream/pickle';
import { Comparison } from './comparison.js';
import { type CaseFile, type CaseResult, UnknownCase } from './conformance-case.js';
import type { FilesInfo } from './files-runner.js';

const utf8 = new TextEncoder();

/** What a pickle of the given name must hold; `undefined` when `info.json` does not say. */
function expectedValue(name: string, info: Readonly<Record<string, unknown>>): unknown {
  const values = (info.values ?? {}) as Readonly<Record<string, unknown>>;
  if (name === 'bytes_empty') return new Uint8Array(0);
  if (name === 'bytes_300') return Uint8Array.from({ length: 300 }, (_, i) => (i < 256 ? i : 0x78));
  const hex = values[`${name}_hex`];
  if (typeof hex === 'string') return Uint8Array.from(Buffer.from(hex, 'hex'));
  const value = values[name];
  if (name.startsWith('list_bytes') && Array.isArray(value)) return value.map((item) => utf8.encode(String(item)));
  if (typeof value === 'string') return expandRange(value);
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'string' && item.startsWith('bytes ') ? utf8.encode(item.slice(6)) : item));
  return value;
}

/** `s0..s1199` as the list it stands for. */
function expandRange(text: string): unknown {
  const match = /^(\D*)(\d+)\.\.\1(\d+)$/.exec(text);
  if (match === null) return text;
  const [first, last] = [Number(match[2]), Number(match[3])];
  return Array.from({ length: last - first + 1 }, (_, i) => `${match[1]}${first + i}`);
}

/** Values that JSON can show, so that differences can be told. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('hex')}`;
  if (value instanceof NumpyArray) return `bytes:${Buffer.from(value.bytes).toString('hex')}`;
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  if (typeof value === 'bigint') return String(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Reads a pickle; those that tile stores are made of are also written, byte for byte. */
export async function runPickleFile(caseFile: CaseFile, info: FilesInfo): Promise<CaseResult> {
  const bytes = new Uint8Array(await readFile(caseFile.path));
  const [name, protocol] = basename(caseFile.path).split('.') as [string, string];
  const about = info.pickle ?? {};
  const comparison = new Comparison();
  if (name === 'jpeg_over_64k') {
    const jpeg = unpickleJpeg(bytes);
    comparison
      .equal('length', jpeg.length, about.big_jpeg_len)
      .equal('sha256', createHash('sha256').update(jpeg).digest('hex'), about.big_jpeg_sha256);
    if (protocol === 'p4') comparison.equal('written', Buffer.compare(pickleBytes(jpeg), bytes), 0);
    return comparison.result(caseFile);
  }
  const want = expectedValue(name, about);
  if (want === undefined) throw new UnknownCase(`info.json does not say what ${name} holds`);
  const value: PickleValue = unpickle(bytes);
  comparison.equal(name, plain(value), plain(want));
  if (protocol === 'p4' && /^(bytes|int|list|dict_pn\.|long_list)/.test(`${name}.`)) {
    comparison.equal('written', Buffer.compare(pickleValue(value as PickleInput), bytes), 0);
  }
  return comparison.result(caseFile);
}
