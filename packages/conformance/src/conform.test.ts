import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Comparison, conform, findCases, globMatcher, readJson } from './index.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'conform-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, content = '{}'): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), content);
}

describe('findCases', () => {
  it('names cases as vectors/README.md does and leaves out what is none', async () => {
    await put('inventory.json');
    await put('mil/a_head.json');
    await put('mil/a_head.safetensors', '');
    await put('encoders/r18_weights.safetensors', '');
    await put('files/jpeg/x.jpg', '');
    await put('files/jpeg/x.safetensors', '');
    await put('files/lmdb/p2_subdir/data.mdb', '');
    await put('files/pt/expected.safetensors', '');
    await put('files/info.json');
    await put('later/thing.json');
    await put('numbers/losses.json', '{"ce":[{"x":1},{"x":NaN}],"versions":{"a":"1"},"gelu":{"x":[1],"y":[2]},"seed":4}');
    await put('numbers/normalise.json', '{"pixel":[1],"out":[2]}');
    await put('numbers/options.json', '[{"a":1}]');
    const cases = await findCases(root);
    expect(cases.map(({ id }) => id)).toEqual([
      'files/jpeg/x.jpg',
      'files/lmdb/p2_subdir',
      'later/thing',
      'mil/a_head',
      'numbers/losses/ce#0',
      'numbers/losses/ce#1',
      'numbers/losses/gelu',
      'numbers/normalise',
      'numbers/options#0',
    ]);
    expect(cases.find(({ id }) => id === 'files/jpeg/x.jpg')?.tensorsPath).toBe(join(root, 'files/jpeg/x.safetensors'));
  });

  it('says which folder cannot be read', async () => {
    await expect(findCases(join(root, 'absent'))).rejects.toMatchObject({ code: 'conformance/no-folder', category: 'io' });
  });
});

describe('conform', () => {
  it('reports a kind that it does not know, and selects by glob', async () => {
    await put('later/thing.json');
    await put('later/other.json');
    const seen: string[] = [];
    const report = await conform(root, { only: 'later/t*', onCase: ({ id }) => seen.push(id) });
    expect(report).toMatchObject({ passed: 0, failed: 0, unknown: 1 });
    expect(seen).toEqual(['later/thing']);
  });
});

describe('globMatcher', () => {
  it.each([
    ['mil/abmil*', 'mil/abmilx_n1', true],
    ['files/*', 'files/lmdb/p2.lmdb', true],
    ['mil/{abmil,dsmil}_*', 'mil/dsmil_x', true],
    ['mil/{abmil,dsmil}_*', 'mil/gabmil_x', false],
    ['numbers/losses/*#?', 'numbers/losses/ce#1', true],
    ['mil/[!a]*', 'mil/abmil', false],
    ['mil/a.b', 'mil/axb', false],
  ])('%s on %s is %s', (pattern, id, expected) => {
    expect(globMatcher(pattern)(id)).toBe(expected);
  });
});

describe('readJson', () => {
  it('takes NaN and Infinity as Python writes them, and leaves text alone', async () => {
    await put('a.json', '{"a":[NaN,-Infinity,1],"b":"NaN \\" Infinity"}');
    expect(await readJson(join(root, 'a.json'))).toEqual({ a: [Number.NaN, Number.NEGATIVE_INFINITY, 1], b: 'NaN " Infinity' });
  });
});

describe('Comparison', () => {
  const caseFile = { id: 'mil/x', kind: 'mil' };
  it('remembers the worst error against its tolerance', () => {
    const result = new Comparison()
      .close('a', [1, 2], [1, 2.1], { absolute: 1 })
      .close('b', [1], [1.01], { absolute: 0.02 })
      .result(caseFile);
    expect(result.status).toBe('pass');
    expect(result.error).toBeCloseTo(0.01);
    expect(result.detail).toContain('largest at b');
  });
  it('fails on NaN, on another length, and on nothing compared', () => {
    expect(new Comparison().close('a', [Number.NaN], [1], { absolute: 1 }).result(caseFile).status).toBe('fail');
    expect(new Comparison().close('a', [1, 2], [1], { absolute: 1 }).result(caseFile).status).toBe('fail');
    expect(new Comparison().result(caseFile).status).toBe('fail');
  });
});
