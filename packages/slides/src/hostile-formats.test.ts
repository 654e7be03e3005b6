import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { encodeZstd, madeUpPicture, type TiffField, type WriteDicomOptions, writeDicom, writeTiff } from '@slidestream/testing/tiff';
import sharp from 'sharp';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expandZstd } from './codecs/zstd.js';
import { readAll } from './testing/read-all.js';
import { parseXml } from './xml.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-bombs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the files of one test may add to the memory of the process. */
const MEMORY = 250 << 20;
let before = 0;
beforeEach(() => {
  before = process.memoryUsage.rss();
});
afterEach(() => {
  expect(process.memoryUsage.rss() - before).toBeLessThan(MEMORY);
});

async function comesTo(bytes: Uint8Array, reader: 'auto' | 'tiff' | 'dicom' = 'auto'): Promise<string> {
  const path = join(folder, 'bomb.bin');
  writeFileSync(path, bytes);
  return readAll(path, reader);
}

const ascii = (tag: number, values: string): TiffField => ({ tag, type: 'ascii', values });

describe('Zstandard', () => {
  const block = (kind: number, size: number, body: Uint8Array, last = 0): Uint8Array => {
    const head = (size << 3) | (kind << 1) | last;
    return Buffer.concat([Uint8Array.of(head & 255, (head >> 8) & 255, head >> 16), body]);
  };
  const frame = (descriptor: readonly number[], ...blocks: Uint8Array[]): Uint8Array =>
    Buffer.concat([Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...descriptor), ...blocks]);
  const refused = (bytes: Uint8Array, length = 12288): void => {
    expect(() => expandZstd(bytes, length)).toThrowError(expect.objectContaining({ name: 'SlidestreamError' }));
  };

  test('a gigabyte of one byte', () => {
    refused(frame([0, 56], ...Array.from({ length: 8192 }, (_, i) => block(1, 1 << 17, Uint8Array.of(7), i === 8191 ? 1 : 0))));
  });

  test('a window of two gigabytes, and one of exabytes in one segment', () => {
    expect(same(expandZstd(frame([0, 0xa8], block(0, 4, Uint8Array.of(1, 2, 3, 4), 1)), 4), Uint8Array.of(1, 2, 3, 4))).toBe(true);
    refused(frame([0xe0, 255, 255, 255, 255, 255, 255, 255, 127], block(0, 4, Uint8Array.of(1, 2, 3, 4), 1)));
  });

  test('sequences that copy without end', () => {
    // No literals; 98,047 sequences whose three codes repeat: match length 65,539 and more each, nothing read.
    const endless = block(2, 8, Uint8Array.of(0, 255, 255, 255, 0x54, 0, 0, 52), 0);
    const body = Buffer.concat([endless.subarray(0, 3), Uint8Array.of(0, 255, 255, 255, 0x54, 0, 0, 52)]);
    refused(frame([0, 56], ...Array.from({ length: 2000 }, () => body), block(0, 0, new Uint8Array(0), 1)));
  });

  test('blocks larger than there are, of a kind that there is not, dictionaries, and what follows the last', () => {
    refused(frame([0, 56], block(0, (1 << 17) + 1, new Uint8Array((1 << 17) + 1), 1)));
    refused(frame([0, 56], block(3, 0, new Uint8Array(0), 1)));
    refused(frame([1, 56, 9], block(0, 4, new Uint8Array(4), 1)));
    refused(Buffer.concat([encodeZstd(new Uint8Array(12288)), encodeZstd(new Uint8Array(12288))]));
  });
});

describe('XML', () => {
  test('nested, long, unclosed and doubled without end', () => {
    expect(parseXml('<a>'.repeat(200_000))).toBeUndefined();
    expect(parseXml(`<r>${'<a/>'.repeat(300_000)}</r>`)).toBeUndefined();
    expect(parseXml(`<${'a'.repeat(4 << 20)}`)).toBeUndefined();
    expect(parseXml(`<a ${'b '.repeat(2 << 20)}>`)).toBeUndefined();
    expect(parseXml(`<a ${'b'.repeat(4 << 20)}/>`)?.attributes).toEqual({});
    expect(parseXml(`<a b="${'"'.repeat(1 << 20)}`)).toBeUndefined();
    expect(parseXml(`<a>${'&amp;'.repeat(1 << 20)}</a>`)?.text.length).toBe(1 << 20);
    expect(parseXml('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')).toBeUndefined();
    expect(parseXml('<a __proto__="1" constructor="2"/>')?.attributes.constructor).toBe('2');
    expect(parseXml('<a>&x;&#1114112;&#0;.&#38;lt;&#x26;amp;&amp;gt;&lt;</a>')?.text).toBe('&x;&#1114112;\0.&lt;&amp;&gt;<');
    expect(parseXml(`<a>${'&#65;'.repeat(1 << 20)}</a>`)).toBeUndefined();
  });

  test.each([
    ['Philips: a level a googol times larger', 'slide/corrupt', philips('0.00025', '1e-100')],
    ['Philips: a label that is no JPEG', 'slide/corrupt-tile', philips('0.00025', '0.0005', 'AAAA'.repeat(1000))],
    ['Philips: a spacing of nothing', 'valid', philips('0', '-1')],
  ])('%s', async (_, outcome, xml) => {
    const levels = [madeUpPicture(64, 64), madeUpPicture(32, 32)];
    const fields = (i: number): TiffField[] => [ascii(305, 'Philips'), ...(i === 0 ? [ascii(270, xml)] : [])];
    expect(await comesTo(await writeTiff({ levels, tileSizePx: 32, compression: 'none', fields }), 'tiff')).toBe(outcome);
  });

  test.each([
    ['Leica: a slide without end', 'slide/corrupt', leica('1e400', 'sizeX="64" sizeY="64" offsetX="1" offsetY="1"')],
    ['Leica: parts without a size', 'slide/unsupported-layout', leica('1000', 'sizeX="0" sizeY="0" offsetX="1" offsetY="1"')],
    ['Leica: parts beyond the slide', 'valid', leica('1000', 'sizeX="64" sizeY="64" offsetX="99999999999999999999" offsetY="-5"')],
    ['Leica: directories that are not there', 'slide/corrupt', leica('1000', 'sizeX="64" sizeY="64" offsetX="1" offsetY="1"', '1e9')],
  ])('%s', async (_, outcome, xml) => {
    const fields = (): TiffField[] => [ascii(270, xml)];
    expect(await comesTo(await writeTiff({ levels: [madeUpPicture(64, 64)], tileSizePx: 32, compression: 'none', fields }), 'tiff')).toBe(
      outcome,
    );
  });

  test('Trestle: tiles that overlap by more than they are', async () => {
    for (const overlaps of ['32 32', '-5 1e99', '9999999 1']) {
      const fields = (): TiffField[] => [ascii(305, 'MedScan'), ascii(270, `OverlapsXY= ${overlaps}`)];
      expect(await comesTo(await writeTiff({ levels: [madeUpPicture(64, 64)], tileSizePx: 32, compression: 'none', fields }), 'tiff')).toBe(
        'valid',
      );
    }
  });
});

function philips(base: string, small: string, label = ''): string {
  const spacing = (mm: string): string => `<Attribute Name="DICOM_PIXEL_SPACING">&quot;${mm}&quot; &quot;${mm}&quot;</Attribute>`;
  const type = (name: string): string => `<Attribute Name="PIM_DP_IMAGE_TYPE">${name}</Attribute>`;
  const levels = [base, small].map((mm) => `<DataObject ObjectType="PixelDataRepresentation">${spacing(mm)}</DataObject>`).join('');
  const image = (inner: string): string => `<DataObject ObjectType="DPScannedImage">${inner}</DataObject>`;
  const data = `<Attribute Name="PIM_DP_IMAGE_DATA">${label}</Attribute>`;
  return `<DataObject ObjectType="DPUfsImport">${image(`${type('WSI')}${levels}`)}${image(`${type('LABELIMAGE')}${data}`)}</DataObject>`;
}

function leica(side: string, view: string, ifd = '0'): string {
  const source = '<illuminationSource>brightfield</illuminationSource>';
  return `<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection sizeX="${side}" sizeY="${side}"><image><pixels><dimension ifd="${ifd}"/></pixels><view ${view}/>${source}</image></collection></scn>`;
}

describe('DICOM', () => {
  const base = { width: 64, height: 64, tileWidth: 64, tileHeight: 64, frames: [madeUpPicture(64, 64).data] } as const;
  const jpeg = sharp(base.frames[0], { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg()
    .toBuffer();
  const written = (more: Partial<WriteDicomOptions>): Promise<string> => comesTo(writeDicom({ ...base, ...more }), 'dicom');
  const longs = (...values: bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(values).buffer);

  test('lengths that reach past the file', async () => {
    expect(await written({ changes: [{ tag: 0x00080070, vr: 'UT', value: 'x' }] })).toBe('valid');
    const bytes = Uint8Array.from(writeDicom({ ...base, changes: [{ tag: 0x00080070, vr: 'UT', value: 'x'.repeat(8) }] }));
    const at = Buffer.from(bytes).indexOf('UTxxxxxxxx'.slice(0, 2));
    new DataView(bytes.buffer).setUint32(at + 4, 0x7fffffff, true);
    expect(await comesTo(bytes, 'dicom')).toBe('slide/corrupt');
    const meta = Uint8Array.from(writeDicom(base));
    new DataView(meta.buffer).setUint32(140, 0xfffffff0, true);
    expect(await comesTo(meta, 'dicom')).toBe('slide/corrupt');
  });

  test('sequences a hundred deep', async () => {
    let value: WriteDicomOptions['changes'] = [{ tag: 0x00080070, vr: 'LO', value: 'x' }];
    for (let i = 0; i < 100; i++) value = [{ tag: 0x00480105, vr: 'SQ', value: [value] }];
    expect(await written({ changes: value, undefinedLengths: true })).toBe('slide/corrupt');
  });

  test('an attribute more than any file has, a hundred thousand times', async () => {
    const changes = Array.from({ length: 20_000 }, (_, i) => ({ tag: 0x00090000 + i, vr: 'LO', value: '' }));
    expect(await written({ changes })).toBe('slide/corrupt');
  });

  test('frames by the billion, at places that are none', async () => {
    expect(await written({ changes: [{ tag: 0x00280008, vr: 'IS', value: '2000000000' }] })).toBe('slide/too-large');
    expect(await written({ changes: [{ tag: 0x00280008, vr: 'IS', value: '1e308' }] })).toBe('slide/too-large');
    expect(await written({ changes: [{ tag: 0x00280008, vr: 'IS', value: '-1' }] })).toBe('slide/corrupt');
    expect(await written({ positions: [[-5, 0]] })).toBe('slide/corrupt');
    expect(await written({ positions: [[2 ** 31 - 66, 0]] })).toBe('slide/corrupt');
    expect(await written({ concatenation: { uid: '1', frameOffset: 2 ** 32 - 1 } })).toBe('slide/unsupported-layout');
  });

  test('offset tables that lead nowhere', async () => {
    const frames = [await jpeg];
    const table = (offset: bigint, length: bigint): WriteDicomOptions['changes'] => [
      { tag: 0x7fe00001, vr: 'OV', value: longs(offset) },
      { tag: 0x7fe00002, vr: 'OV', value: longs(length) },
    ];
    expect(await written({ frames, storage: 'jpeg' })).toBe('valid');
    expect(await written({ frames, storage: 'jpeg', offsetTable: 'none', changes: table(0n, 1n << 40n) })).toBe('slide/corrupt');
    expect(await written({ frames, storage: 'jpeg', offsetTable: 'none', changes: table(1n << 52n, 4n) })).toBe('slide/corrupt');
    expect(await written({ frames, storage: 'jpeg', offsetTable: 'none', changes: table((1n << 64n) - 1n, 4n) })).toBe('slide/corrupt');
    expect(await written({ frames, storage: 'jpeg', offsetTable: 'none', changes: table(6n, 4n) })).toBe('slide/corrupt-tile');
    const basic = Uint8Array.from(writeDicom({ ...base, frames, storage: 'jpeg' }));
    const view = new DataView(basic.buffer);
    const [frame] = frames as [Buffer];
    // The only entry of the table, before the item and the delimiter.
    view.setUint32(basic.length - frame.length - (frame.length % 2) - 8 - 8 - 4, 0xfffffff0, true);
    expect(await comesTo(basic, 'dicom')).toBe('slide/truncated');
  });

  test('a frame in a million empty parts', async () => {
    const empty = Buffer.concat(Array.from({ length: 1_000_000 }, () => Uint8Array.of(0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0)));
    const whole = writeDicom({ ...base, frames: [await jpeg], storage: 'jpeg', offsetTable: 'none', closed: false });
    expect(await comesTo(Buffer.concat([whole, empty]), 'dicom')).toBe('slide/corrupt');
  });

  test('frames of another size than told', async () => {
    const other = await sharp({ create: { width: 80, height: 64, channels: 3, background: '#fff' } })
      .jpeg()
      .toBuffer();
    expect(await written({ frames: [other], storage: 'jpeg' })).toBe('slide/corrupt-tile');
    expect(await written({ frames: [new Uint8Array(100)] })).toBe('slide/corrupt');
    expect(await written({ frames: [new Uint8Array(100)], storage: 'jpeg2000' })).toBe('slide/corrupt-tile');
  });
});

describe('plain images', () => {
  const chunk = (type: string, body: Uint8Array): Uint8Array => {
    const bytes = Buffer.concat([Uint8Array.of(0, 0, 0, 0), Buffer.from(type), body, Uint8Array.of(0, 0, 0, 0)]);
    bytes.writeUInt32BE(body.length, 0);
    return bytes;
  };
  const png = (width: number, height: number, data: Uint8Array): Uint8Array => {
    const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    return Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      chunk('IHDR', header),
      chunk('IDAT', data),
      chunk('IEND', new Uint8Array(0)),
    ]);
  };

  test('PNGs that claim more than is there, or than is held in memory', async () => {
    expect(await comesTo(png(60_000, 60_000, new Uint8Array(10)))).toBe('slide/too-large');
    expect(await comesTo(png(2 ** 31, 2 ** 31, new Uint8Array(10)))).toBe('slide/too-large');
    expect(await comesTo(png(0, 5, new Uint8Array(10)))).toBe('slide/corrupt');
    expect(await comesTo(png(4000, 4000, deflateSync(new Uint8Array(10))))).toBe('slide/corrupt-tile');
    expect(await comesTo(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))).toBe('slide/corrupt');
  });

  test('JPEGs that claim more, or are of a process that is not read', async () => {
    const sound = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#abc' } })
      .jpeg()
      .toBuffer();
    const changed = (at: number, ...values: number[]): Uint8Array => {
      const bytes = Uint8Array.from(sound);
      bytes.set(values, Buffer.from(bytes).indexOf(Buffer.from([0xff, 0xc0, 0, 17])) + at);
      return bytes;
    };
    expect(await comesTo(sound)).toBe('valid');
    expect(await comesTo(changed(5, 255, 220, 255, 220))).toBe('slide/too-large');
    expect(await comesTo(changed(5, 0, 0))).toBe('slide/corrupt-tile');
    expect(await comesTo(changed(4, 12))).toBe('slide/unsupported-compression');
    expect(await comesTo(changed(1, 0xc9))).toBe('slide/unsupported-compression');
    expect(await comesTo(sound.subarray(0, 30))).toBe('slide/corrupt-tile');
  });
});

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
