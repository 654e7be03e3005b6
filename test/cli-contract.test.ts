import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, runCli, shared } from './support/run-cli.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slidestream-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const svs = resolve(shared, 'data/slides/CMU-1-Small-Region.svs');
const present = existsSync(svs);
const stack = /\n\s+at .*\(?(file:|node:|\/)/;

describe('slidestream as a process', () => {
  it('lists its verbs, and every verb has help with an example', async () => {
    const { code, stdout } = await runCli(['--help']);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name as string);
    expect(names).toEqual(expect.arrayContaining(['doctor', 'info', 'region', 'list', 'config', 'weights', 'conform']));
    for (const name of names) {
      const help = await runCli([name, '--help']);
      expect(help.code, name).toBe(0);
      const subcommands = [...help.stdout.matchAll(/^ {2}([a-z]+) .*$/gm)].map(([, sub]) => sub as string);
      const text = help.stdout.includes('Commands:')
        ? (await Promise.all(subcommands.map((sub) => runCli([name, sub, '--help'])))).map((one) => one.stdout).join()
        : help.stdout;
      expect(text, name).toMatch(/Examples?:\n {2}slidestream /);
      expect(text, name).toContain('--json');
    }
  });

  it.each([
    ['no verb', [], 2],
    ['an unknown verb', ['inof'], 2],
    ['a missing argument', ['info'], 2],
    ['an unknown option', ['info', 'a.svs', '--josn'], 2],
    ['an option that is no number', ['region', 'a.svs', '--x', 'left', '--y', '0', '--width', '1', '--height', '1', '--out', 'a.png'], 2],
    ['a list that there is not', ['list', 'colours'], 2],
    ['a file that is not there', ['info', '/nowhere/a.svs'], 74],
    ['a folder of vectors that is not there', ['conform', '/nowhere/vectors'], 74],
  ])('%s ends with the code that DESIGN names', async (_, args, expected) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(expected);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(stack);
    expect(stderr.trim()).not.toBe('');
  });

  it('shows stacks with --debug only', async () => {
    expect((await runCli(['info', '/nowhere/a.svs', '--debug'])).stderr).toMatch(stack);
  });

  it('with --json prints one document on standard output, also for an error', async () => {
    const ok = await runCli(['list', 'presets', '--json']);
    expect(JSON.parse(ok.stdout).map(({ name }: { name: string }) => name)).toContain('tcga');
    const bad = await runCli(['info', '/nowhere/a.svs', '--json']);
    expect(bad.code).toBe(74);
    expect(JSON.parse(bad.stdout)).toMatchObject({ error: { code: 'io/not-found', category: 'io', where: { file: '/nowhere/a.svs' } } });
  });

  it('does not mind a reader that has seen enough', async () => {
    const bin = resolve(root, 'packages/cli/bin/slidestream.js');
    const result = await new Promise<{ code: number | null; stderr: string }>((done) => {
      const child = spawn('sh', ['-c', `"${process.execPath}" "${bin}" config schema | head -c 10 > /dev/null`], { cwd: root });
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      child.on('close', (code) => done({ code, stderr }));
    });
    expect(result).toEqual({ code: 0, stderr: '' });
  });

  it('names every fault of a configuration by line and column, before it looks at any slide', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'task: clasification\ndata:\n  slides: nowhere\n  label: labels.csv\nhead: { name: abmlix }\n');
    const { code, stderr } = await runCli(['config', 'check', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `${file}:1:7 task: must be one of classification, survival, got "clasification". Did you mean "classification"?`,
    );
    expect(stderr).toContain(`${file}:4:3 data.label: unknown key. Did you mean "labels"?`);
  });

  it('checks names and options of heads against those there are', async () => {
    const file = join(folder, 'head.yaml');
    writeFileSync(file, 'task: classification\ndata: { slides: s, labels: l.csv }\nhead:\n  name: abmilx\n  head: 4\n');
    const { code, stderr } = await runCli(['config', 'check', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file}:5:3 head.head: unknown key. Did you mean "heads"?`);
  });

  it('writes the schema for editors', async () => {
    const out = join(folder, 'schema.json');
    expect((await runCli(['config', 'schema', '--out', out])).code).toBe(0);
    const schema = JSON.parse(readFileSync(out, 'utf8'));
    expect(schema.properties.task.enum).toEqual(['classification', 'survival']);
    expect(JSON.parse(readFileSync(resolve(root, 'configs/schema.json'), 'utf8')), 'configs/schema.json is not current').toEqual(schema);
  });

  it('doctor passes on a machine that is set up', async () => {
    const { code, stdout } = await runCli(['doctor', '--json', '--dir', folder]);
    const { findings } = JSON.parse(stdout) as { findings: { name: string; status: string }[] };
    expect(findings.filter(({ status }) => status === 'FAIL')).toEqual([]);
    expect(findings.map(({ name }) => name)).toEqual(['node', 'machine', 'space', 'lmdb', 'codecs', 'engine']);
    expect(code).toBe(0);
  });
});

describe.skipIf(!present)(`on a real slide (${present ? 'present' : 'skipped: no ../shared'})`, () => {
  it('info says what the file says', async () => {
    const { code, stdout } = await runCli(['info', '--json', svs]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      vendor: 'aperio',
      width: 2220,
      height: 2967,
      mpp: { x: 0.499, source: 'tag' },
      objective: 20,
    });
  });

  it('of many slides lists those that cannot be read, and ends with 3', async () => {
    writeFileSync(join(folder, 'broken.svs'), readFileSync(svs).subarray(0, 5000));
    const { code, stdout, stderr } = await runCli(['info', '--json', svs, join(folder, 'broken.svs')]);
    expect(code).toBe(3);
    const [good, bad] = JSON.parse(stdout);
    expect(good.width).toBe(2220);
    expect(bad.error.category).toBe('data');
    for (const line of stderr.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('a truncated slide by itself ends with 65', async () => {
    writeFileSync(join(folder, 'alone.svs'), readFileSync(svs).subarray(0, 5000));
    const { code, stderr } = await runCli(['info', join(folder, 'alone.svs')]);
    expect(code).toBe(65);
    expect(stderr).toContain('alone.svs');
    expect(stderr).not.toMatch(stack);
  });

  it('region writes a PNG of the asked size, by level and by mpp', async () => {
    const out = join(folder, 'region.png');
    const at = ['region', svs, '--x', '100', '--y', '200', '--width', '64', '--height', '48', '--out', out];
    expect((await runCli(at)).code).toBe(0);
    const png = readFileSync(out);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([64, 48]);
    expect(JSON.parse((await runCli([...at, '--mpp', '2', '--json'])).stdout)).toMatchObject({ width: 64, height: 48, level: 0 });
    expect((await runCli([...at, '--mpp', '2', '--level', '0'])).code).toBe(2);
    expect((await runCli([...at, '--level', '5'])).code).toBe(2);
  });

  it('region by mpp asks for the pixel size of a slide that does not say it', async () => {
    const unknown = resolve(shared, 'data/slides/TCGA-CR-7395-01A-01-TS1.svs');
    const { code, stderr } = await runCli([
      'region',
      unknown,
      '--x',
      '0',
      '--y',
      '0',
      '--width',
      '9',
      '--height',
      '9',
      '--mpp',
      '1',
      '--out',
      join(folder, 'x.png'),
    ]);
    expect(code).toBe(65);
    expect(stderr).toContain('--slide-mpp');
  });
});
