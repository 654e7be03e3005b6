import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StateDict } from '@slidestream/core';
import { readStateDict, writeSafetensors } from '@slidestream/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './support/run-cli.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slidestream-weights-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const state: StateDict = new Map([
  ['model.conv1.weight', { dtype: 'float32', shape: [1, 2], data: Float32Array.of(-1, 3) }],
  ['n', { dtype: 'int64', shape: [], data: BigInt64Array.of(7n) }],
]);

describe('slidestream weights', () => {
  it('converts between formats and keeps names, types and values', async () => {
    const path = (name: string): string => join(folder, name);
    await writeSafetensors(path('a.safetensors'), state);
    for (const [from, to] of [
      ['a.safetensors', 'b.pt'],
      ['b.pt', 'c.bin'],
      ['c.bin', 'd.safetensors'],
    ] as const) {
      expect((await runCli(['weights', 'convert', path(from), path(to)])).code).toBe(0);
      expect(new Map(await readStateDict(path(to)))).toEqual(state);
    }
    const { code, stdout } = await runCli(['weights', 'inspect', path('c.bin'), '--json']);
    expect(code).toBe(0);
    const { tensors } = JSON.parse(stdout);
    expect(tensors[0]).toMatchObject({
      name: 'model.conv1.weight',
      dtype: 'float32',
      shape: [1, 2],
      mean: 1,
      sd: 2,
      least: -1,
      greatest: 3,
    });
    expect((await runCli(['weights', 'convert', path('a.safetensors'), path('a.onnx')])).code).toBe(2);
  });

  it('tells what an encoder would take, and ends with 65 where it does not fit', async () => {
    const file = join(folder, 'a.safetensors');
    await writeSafetensors(file, state);
    const { code, stdout } = await runCli(['weights', 'check', file, '--encoder', 'r18', '--json']);
    expect(code).toBe(65);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ encoder: 'r18', fits: false, matched: ['model.conv1.weight'], unexpected: ['n'] });
    expect(report.missing.length).toBe(89);
    expect(report.refusal).toMatch(/74 of 75 tensors are missing, first model.bn1.weight; 1 are not the encoder's, first n/);
    const unknown = await runCli(['weights', 'check', file, '--encoder', 'r81']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('Did you mean');
  });
});
