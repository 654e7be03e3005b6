import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@slidestream/core';
import { afterAll, expect, test } from 'vitest';
import { openTileStore, verifyTileStore } from './index.js';
import { contentHash } from './testing/made-up-slides.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-kill-'));
afterAll(() => rmSync(work, { recursive: true }));
const child = join(import.meta.dirname, 'testing/writer-child.ts');

/** Runs the writer; kills it `delayMs` after it has begun to write. What it said, and how long it wrote. */
function runWriter(path: string, delayMs?: number): Promise<{ lines: string[]; wroteMs: number }> {
  return new Promise((resolve, reject) => {
    const writer = spawn(process.execPath, ['--conditions=@slidestream/source', '--import', 'tsx', child, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    let began = 0;
    writer.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      if (began === 0 && text.includes('ready')) {
        began = performance.now();
        if (delayMs !== undefined) setTimeout(() => writer.kill('SIGKILL'), delayMs);
      }
    });
    writer.on('error', reject);
    writer.on('exit', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`the writer ended with ${code ?? signal}: ${text}`));
      else resolve({ lines: text.trim().split('\n'), wroteMs: performance.now() - began });
    });
  });
}

test('a writer killed at random instants loses no finished slide, and the end is the same', { timeout: 120_000 }, async () => {
  const whole = join(work, 'whole.lmdb');
  const { wroteMs } = await runWriter(whole);
  const want = contentHash(whole);
  const path = join(work, 'killed.lmdb');
  const random = randomStream(7, 'kill');
  const finished = new Set<string>();
  for (let kill = 0; kill < 4; kill++) {
    const { lines } = await runWriter(path, random.uniform() * wroteMs * 0.4);
    for (const line of lines) if (line.startsWith('done ')) finished.add(line.slice(5));
    using store = openTileStore(path);
    for (const slide of finished) expect(store.slides, `after kill ${kill}`).toContain(slide);
    expect((await verifyTileStore(path)).faults).toEqual([]);
  }
  expect((await runWriter(path)).lines.at(-1)).toBe('closed');
  expect(contentHash(path)).toBe(want);
});
