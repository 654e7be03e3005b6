import type { ByteCursor } from './byte-cursor.js';
import { pickleError } from './pickle-error.js';
import { exactInteger } from './pickle-integer.js';

/** CPython's own limit for decimal text. */
const MAX_DIGITS = 4300;

function latin1(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += String.fromCharCode(byte);
  return out;
}

/** Argument of INT (`I01\n` is True), LONG (`L5L\n`) as a value. */
export function parseInteger(cursor: ByteCursor, long: boolean): boolean | number | bigint {
  const line = cursor.line();
  if (line.length > MAX_DIGITS + 2) throw pickleError('bad-number', `an integer has ${line.length} digits`, cursor.place);
  const text = latin1(line);
  if (!long && text === '00') return false;
  if (!long && text === '01') return true;
  const digits = long && text.endsWith('L') ? text.slice(0, -1) : text;
  if (!/^\s*[+-]?\d+\s*$/.test(digits)) throw pickleError('bad-number', 'an integer is not decimal', cursor.place);
  return exactInteger(BigInt(digits.trim().replace(/^\+/, '')));
}

/** Index of GET and PUT, or a memo key. */
export function parseIndex(cursor: ByteCursor): number {
  const value = parseInteger(cursor, true);
  if (typeof value !== 'number' || value < 0) throw pickleError('bad-memo', 'a memo index is not a small positive integer', cursor.place);
  return value;
}

const FLOAT_TEXT = /^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)$/;

/** Argument of FLOAT. */
export function parseFloatText(cursor: ByteCursor): number {
  const line = cursor.line();
  if (line.length > MAX_DIGITS) throw pickleError('bad-number', `a float has ${line.length} digits`, cursor.place);
  const text = latin1(line).trim();
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null) return special[2]?.toLowerCase() === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
  if (!FLOAT_TEXT.test(text)) throw pickleError('bad-number', 'a float is not decimal', cursor.place);
  return Number(text);
}

const ESCAPES: Readonly<Record<string, number>> = { '\\': 92, "'": 39, '"': 34, a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Argument of STRING: a quoted Python 2 `repr`, as bytes. */
export function parseQuoted(cursor: ByteCursor): Uint8Array {
  const text = latin1(cursor.line()).trim();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || !text.endsWith(quote)) {
    throw pickleError('bad-text', 'the argument of STRING is not quoted', cursor.place);
  }
  const out: number[] = [];
  for (let i = 1; i < text.length - 1; i++) {
    if (text[i] !== '\\') {
      out.push(text.charCodeAt(i));
      continue;
    }
    const rest = text.slice(i + 1, text.length - 1);
    const hex = /^x([0-9a-fA-F]{2})/.exec(rest);
    const octal = /^[0-7]{1,3}/.exec(rest);
    const single = rest[0] === undefined ? undefined : ESCAPES[rest[0]];
    if (hex !== null) {
      out.push(Number.parseInt(hex[1] as string, 16));
      i += 3;
    } else if (octal !== null) {
      out.push(Number.parseInt(octal[0], 8) & 0xff);
      i += octal[0].length;
    } else if (single !== undefined) {
      out.push(single);
      i += 1;
    } else if (rest === '' || rest[0] === 'x') {
      throw pickleError('bad-text', 'a string ends inside an escape', cursor.place);
    } else out.push(92);
  }
  return Uint8Array.from(out);
}

/** Argument of UNICODE: Python's raw-unicode-escape. */
export function parseRawUnicode(cursor: ByteCursor): string {
  const text = latin1(cursor.line());
  return text.replace(/(\\+)(u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (whole, slashes: string, _tail, four?: string, eight?: string) => {
    if (slashes.length % 2 === 0) return whole;
    const code = Number.parseInt((four ?? eight) as string, 16);
    if (code > 0x10ffff) throw pickleError('bad-text', 'an escape lies outside Unicode', cursor.place);
    return slashes.slice(1) + String.fromCodePoint(code);
  });
}
