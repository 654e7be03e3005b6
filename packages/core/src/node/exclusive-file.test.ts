import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createExclusive } from './exclusive-file.js';

test('the first one makes the file, whoever comes later leaves it as it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slidestream-exclusive-'));
  try {
    const path = join(folder, 'a');
    expect(createExclusive(path, 'first')).toBe(true);
    expect(createExclusive(path, 'second')).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(readdirSync(folder)).toEqual(['a']);
    expect(() => createExclusive(join(folder, 'none', 'a'), '')).toThrow(/no such file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
