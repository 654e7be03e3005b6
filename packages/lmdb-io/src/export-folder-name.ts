import { createHash } from 'node:crypto';

const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A slide id as the name of one folder, on any file system: what is not plain becomes `%XX`, so that nothing leaves the folder it is put in; long names end in a
 * hash.
 */
export function folderName(slide: string): string {
  let name = '';
  for (const byte of Buffer.from(slide, 'utf8')) {
    const letter = String.fromCharCode(byte);
    name += /[A-Za-z0-9_.+=@-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (/^\.|\.$/.test(name) || RESERVED.test(name))
    name = `%${name.charCodeAt(0).toString(16).toUpperCase()}${name.slice(1)}`.replace(/\.$/, '%2E');
  if (name.length <= 150) return name;
  return `${name.slice(0, 120)}~${createHash('sha256').update(slide).digest('hex').slice(0, 16)}`;
}
