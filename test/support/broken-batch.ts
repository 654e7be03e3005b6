import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aperioDescription, makeSyntheticSlide, writeTiff } from '@slidestream/testing';
import { expect, it } from 'vitest';
import { runCli } from './run-cli.js';

/** A whole slide, and the same one without its pixel size. */
interface Sources {
  readonly whole: Buffer;
  readonly withoutMpp: Buffer;
}

/** Eight ways in which a slide is of no use, and what is said of it. */
const WAYS: readonly (readonly [what: string, code: RegExp, write: (path: string, sources: Sources) => void])[] = [
  ['is empty', /^slide\//, (path) => writeFileSync(path, '')],
  ['is cut off', /^slide\//, (path, { whole }) => writeFileSync(path, whole.subarray(0, whole.length / 2))],
  [
    'is a page that a server sent instead',
    /^slide\//,
    (path) => writeFileSync(path, '<html><body>404 Not Found</body></html>\n'.repeat(50)),
  ],
  ['does not say its pixel size', /^tiling\/mpp-unknown$/, (path, { withoutMpp }) => writeFileSync(path, withoutMpp)],
  ['is a link to nothing', /^io\/not-found$/, (path) => symlinkSync('/nowhere/slide.svs', path)],
  ['has its directory behind its end', /^slide\//, (path, { whole }) => writeFileSync(path, patched(whole, 4, [0xf0, 0xff, 0xff, 0x7f]))],
  ['is compressed in a way that nobody knows', /^slide\//, (path, { whole }) => writeFileSync(path, otherCompression(whole))],
  ['has its pixels overwritten', /^slide\//, (path, { whole }) => writeFileSync(path, withoutPixels(whole))],
];

/** Tests that a batch of which some slides are broken is done but for these, that each is named with its reason, and that no other is touched again. */
export function testBrokenBatch({ slides, broken }: { readonly slides: number; readonly broken: number }): void {
  it(`${slides} slides of which ${broken} are broken in eight ways: ${slides - broken} done, ${broken} named`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slidestream-batch-'));
    try {
      const input = join(folder, 'slides');
      const sources = await makeSources();
      const bad = writeBatch(input, { slides, broken, sources });
      const names = [...bad.keys()].sort();
      const out = join(folder, 'tiles');
      const tile = (...more: string[]) =>
        runCli(['tile', input, '--out', out, '--mpp', '0.5', '--patch-size', '128', '--a-t', '0', '--no-pictures', '--json', ...more]);
      const first = await tile();
      expect(first.code, first.stderr).toBe(3);
      const summary = JSON.parse(first.stdout) as {
        processed: number;
        failed: number;
        slides: { id: string; reason?: string; message?: string }[];
      };
      expect([summary.processed, summary.failed]).toEqual([slides - broken, broken]);
      const leftOut = summary.slides.filter(({ message }) => message !== undefined);
      expect(leftOut.map(({ id }) => id).sort()).toEqual(names);
      for (const { id, reason, message } of leftOut) {
        expect(reason, `${id} ${bad.get(id)?.[0]}`).toMatch(bad.get(id)?.[1] as RegExp);
        expect(message?.length, id).toBeGreaterThan(20);
      }
      expect(readdirSync(join(out, 'patches'))).toHaveLength(slides - broken);

      const status = await runCli(['status', out, '--json', '--only', 'failed']);
      const [stage] = (JSON.parse(status.stdout) as { stages: { counts: object; slides: { slide: string; reason: string }[] }[] }).stages;
      expect(stage?.counts).toMatchObject({ done: slides - broken, failed: broken, waiting: 0 });
      expect(stage?.slides.map(({ slide }) => slide).sort()).toEqual(names);

      const attempts = (): string[] => readdirSync(join(out, '.work', 'slides')).filter((name) => name.endsWith('.lease'));
      const before = attempts();
      expect((await tile()).code).toBe(3);
      expect(attempts()).toEqual(before);
      const [mended = ''] = names;
      rmSync(join(input, `${mended}.svs`));
      writeFileSync(join(input, `${mended}.svs`), sources.whole);
      const share = (slides - broken + 1) / slides;
      const again = await tile('--retry-failed', '--min-success', String(share));
      expect(again.code, again.stderr).toBe(0);
      expect(JSON.parse(again.stdout)).toMatchObject({ processed: 1, alreadyThere: slides - broken, failed: broken - 1 });
      const touched = attempts().filter((name) => !before.includes(name));
      expect(touched.sort()).toEqual(names.map((name) => `${name}.2.lease`));
      expect((await tile('--min-success', String(share + 0.001))).code).toBe(65);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function makeSources(): Promise<Sources> {
  const { levels, mpp } = makeSyntheticSlide({ id: 'S', label: 'tumor', seed: 2, widthPx: 512, heightPx: 384, downsamples: [] });
  const description = aperioDescription({ width: 512, height: 384, mpp, objective: 20 });
  const [whole, withoutMpp] = await Promise.all([writeTiff({ levels, description }), writeTiff({ levels })]);
  return { whole: Buffer.from(whole), withoutMpp: Buffer.from(withoutMpp) };
}

/** Writes the batch; broken slides lie among the others, by id with their way. */
function writeBatch(
  input: string,
  { slides, broken, sources }: { readonly slides: number; readonly broken: number; readonly sources: Sources },
): ReadonlyMap<string, (typeof WAYS)[number]> {
  mkdirSync(input);
  const bad = new Map<string, (typeof WAYS)[number]>();
  const every = slides / broken;
  const whole = join(input, '..', 'whole.svs');
  writeFileSync(whole, sources.whole);
  for (let i = 0; i < slides; i++) {
    const id = `slide-${String(i).padStart(3, '0')}`;
    const k = Math.floor(i / every);
    if (i !== Math.floor((k + 0.5) * every)) copyFileSync(whole, join(input, `${id}.svs`));
    else {
      const way = WAYS[k % WAYS.length] as (typeof WAYS)[number];
      way[2](join(input, `${id}.svs`), sources);
      bad.set(id, way);
    }
  }
  return bad;
}

function patched(bytes: Buffer, at: number, values: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(values, at);
  return copy;
}

/** Every compression tag (259, one SHORT) says 9999. */
function otherCompression(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const entry = Buffer.from([0x03, 0x01, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00]);
  for (let at = copy.indexOf(entry); at >= 0; at = copy.indexOf(entry, at + 1)) copy.writeUInt16LE(9999, at + 8);
  return copy;
}

/** What follows the begin of each JPEG is zero. */
function withoutPixels(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const begin = Buffer.from([0xff, 0xd8, 0xff]);
  for (let at = copy.indexOf(begin); at >= 0; at = copy.indexOf(begin, at + 3)) copy.fill(0, at + 3, at + 400);
  return copy;
}
