import { closeSync, openSync, writeSync } from 'node:fs';
import { encodeJpeg } from '@slidestream/slides';

const SIDE = 256;
const ENTRY_BYTES = 20;

interface Entry {
  readonly tag: number;
  /** 3 = 16 bits, 4 = 32, 5 = two of 32, 16 = 64. */
  readonly type: 3 | 4 | 5 | 16;
  readonly values: readonly number[];
}

/** Writes a BigTIFF slide of two levels whose tiles are all the same piece of tissue, kept once at `dataOffset`: a sparse file as long as is asked. */
export async function writeLargeSlide(path: string, sidePx: number, dataOffset: number): Promise<void> {
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < SIDE * SIDE; i++) pixels.set([190 + (i % 17), 90 + (i % 29), 150 + ((i >> 8) % 13)], 3 * i);
  const jpeg = await encodeJpeg({ width: SIDE, height: SIDE, data: pixels });
  const descriptor = openSync(path, 'w');
  try {
    writeSync(descriptor, jpeg, 0, jpeg.length, dataOffset);
    let at = 16;
    const levels = [sidePx, sidePx / 32];
    const head = Buffer.alloc(16);
    head.write('II');
    head.writeUInt16LE(43, 2);
    head.writeUInt16LE(8, 4);
    head.writeBigUInt64LE(BigInt(at), 8);
    writeSync(descriptor, head, 0, 16, 0);
    for (const [level, side] of levels.entries()) {
      const bytes = directory(side, level, { dataOffset, length: jpeg.length, at, last: level === levels.length - 1 });
      writeSync(descriptor, bytes, 0, bytes.length, at);
      at += bytes.length;
    }
  } finally {
    closeSync(descriptor);
  }
}

function directory(
  side: number,
  level: number,
  { dataOffset, length, at, last }: { dataOffset: number; length: number; at: number; last: boolean },
): Buffer {
  const tiles = Math.ceil(side / SIDE) ** 2;
  const perCentimetre = [20_000, level === 0 ? 1 : 32];
  const entries: Entry[] = [
    { tag: 254, type: 4, values: [level === 0 ? 0 : 1] },
    { tag: 256, type: 4, values: [side] },
    { tag: 257, type: 4, values: [side] },
    { tag: 258, type: 3, values: [8, 8, 8] },
    { tag: 259, type: 3, values: [7] },
    { tag: 262, type: 3, values: [6] },
    { tag: 277, type: 3, values: [3] },
    { tag: 282, type: 5, values: perCentimetre },
    { tag: 283, type: 5, values: perCentimetre },
    { tag: 296, type: 3, values: [3] },
    { tag: 322, type: 3, values: [SIDE] },
    { tag: 323, type: 3, values: [SIDE] },
    { tag: 324, type: 16, values: new Array<number>(tiles).fill(dataOffset) },
    { tag: 325, type: 4, values: new Array<number>(tiles).fill(length) },
  ];
  const table = Buffer.alloc(8 + entries.length * ENTRY_BYTES + 8);
  table.writeBigUInt64LE(BigInt(entries.length), 0);
  const arrays: Buffer[] = [];
  let end = table.length;
  for (const [i, { tag, type, values }] of entries.entries()) {
    const place = 8 + i * ENTRY_BYTES;
    const width = { 3: 2, 4: 4, 5: 4, 16: 8 }[type];
    const bytes = Buffer.alloc(Math.max(8, values.length * width));
    for (const [k, value] of values.entries()) {
      if (width === 8) bytes.writeBigUInt64LE(BigInt(value), 8 * k);
      else bytes.writeUIntLE(value, width * k, width);
    }
    table.writeUInt16LE(tag, place);
    table.writeUInt16LE(type, place + 2);
    table.writeBigUInt64LE(BigInt(type === 5 ? values.length / 2 : values.length), place + 4);
    if (values.length * width <= 8) bytes.copy(table, place + 12, 0, 8);
    else {
      table.writeBigUInt64LE(BigInt(at + end), place + 12);
      arrays.push(bytes);
      end += bytes.length;
    }
  }
  table.writeBigUInt64LE(BigInt(last ? 0 : at + end), table.length - 8);
  return Buffer.concat([table, ...arrays]);
}
