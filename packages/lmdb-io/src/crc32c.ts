/** Eight tables for eight bytes a step; Castagnoli's polynomial, reflected. */
const TABLES = makeTables();

function makeTables(): readonly Uint32Array[] {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  const first = tables[0] as Uint32Array;
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    first[i] = value >>> 0;
  }
  for (let table = 1; table < 8; table++) {
    const before = tables[table - 1] as Uint32Array;
    const here = tables[table] as Uint32Array;
    for (let i = 0; i < 256; i++) here[i] = ((before[i] as number) >>> 8) ^ (first[(before[i] as number) & 0xff] as number);
  }
  return tables;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/** CRC-32C (Castagnoli, RFC 3720) of `bytes`, unsigned. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  let at = 0;
  const end = bytes.length - 7;
  const b = bytes;
  for (; at < end; at += 8) {
    crc ^= (b[at] as number) | ((b[at + 1] as number) << 8) | ((b[at + 2] as number) << 16) | ((b[at + 3] as number) << 24);
    crc =
      (T7[crc & 0xff] as number) ^
      (T6[(crc >>> 8) & 0xff] as number) ^
      (T5[(crc >>> 16) & 0xff] as number) ^
      (T4[crc >>> 24] as number) ^
      (T3[b[at + 4] as number] as number) ^
      (T2[b[at + 5] as number] as number) ^
      (T1[b[at + 6] as number] as number) ^
      (T0[b[at + 7] as number] as number);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (T0[(crc ^ (b[at] as number)) & 0xff] as number);
  return (crc ^ 0xffffffff) >>> 0;
}
