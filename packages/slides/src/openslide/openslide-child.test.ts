import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOutTiff, madeUpPicture, writeTiff } from '@slidestream/testing/tiff';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openSlide } from '../open-slide.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-openslide-'));
afterAll(() => rmSync(folder, { recursive: true }));
const before = process.env.SLIDESTREAM_OPENSLIDE;
afterEach(() => {
  if (before === undefined) delete process.env.SLIDESTREAM_OPENSLIDE;
  else process.env.SLIDESTREAM_OPENSLIDE = before;
});
const put = (name: string, bytes: Uint8Array | string = 'x'): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

/** A library with OpenSlide's interface that misbehaves as the name of the file says. */
const SOURCE = `
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static const char *path = "";
static const char *names[] = {"openslide.vendor", "openslide.mpp-x", "openslide.mpp-y", 0};
static const char *images[] = {"label", 0};
const char *openslide_get_version(void) { return "9.9"; }
const char *openslide_detect_vendor(const char *p) { return strstr(p, "unknown") ? 0 : "made-up"; }
void *openslide_open(const char *p) {
  path = strdup(p);
  if (strstr(p, "crash-open")) abort();
  if (strstr(p, "exit-open")) exit(3);
  if (strstr(p, "hang-open")) for (;;) sleep(1);
  return (void *)path;
}
const char *openslide_get_error(void *s) { return strstr(path, "refused") ? "the file is odd" : 0; }
int32_t openslide_get_level_count(void *s) { return strstr(path, "no-levels") ? 0 : 2; }
void openslide_get_level_dimensions(void *s, int32_t l, int64_t *w, int64_t *h) { *w = 200 >> l; *h = 100 >> l; }
double openslide_get_level_downsample(void *s, int32_t l) { return 1 << l; }
const char **openslide_get_property_names(void *s) { return names; }
const char *openslide_get_property_value(void *s, const char *n) { return strcmp(n, "openslide.vendor") ? "0.25" : "made-up"; }
const char **openslide_get_associated_image_names(void *s) { return images; }
void openslide_get_associated_image_dimensions(void *s, const char *n, int64_t *w, int64_t *h) { *w = 3; *h = 2; }
void openslide_read_associated_image(void *s, const char *n, uint32_t *d) { for (int i = 0; i < 6; i++) d[i] = 0xff0000ffu; }
void openslide_read_region(void *s, uint32_t *d, int64_t x, int64_t y, int32_t l, int64_t w, int64_t h) {
  if (strstr(path, "crash-read")) *(volatile int *)0 = 1;
  if (strstr(path, "hang-read")) for (;;) sleep(1);
  for (int64_t j = 0; j < h; j++)
    for (int64_t i = 0; i < w; i++) {
      uint32_t r = (x + i) & 127, g = (y + j) & 127;
      d[j * w + i] = i == 0 ? 0u : 0x80000000u | r << 16 | g << 8 | (uint32_t)l;
    }
}
`;
let library: string | undefined;

beforeAll(() => {
  const source = put('fake.c', SOURCE);
  try {
    library = join(folder, 'libfake.so');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', library, source], { stdio: 'ignore' });
  } catch {
    library = undefined;
  }
});

describe('a library that misbehaves', () => {
  const withLibrary = (skip: (note: string) => void): void => {
    if (library === undefined) skip('there is no C compiler');
    else process.env.SLIDESTREAM_OPENSLIDE = library;
  };

  test('what it says and shows', async ({ skip }) => {
    withLibrary(skip);
    await using slide = await openSlide(put('sound.mrxs'));
    expect(slide.info).toMatchObject({
      vendor: 'made-up',
      reader: { name: 'openslide', version: '9.9' },
      mpp: { x: 0.25, y: 0.25, source: 'tag' },
      levels: [{ width: 200 }, { width: 100, downsample: 2 }],
      associated: [{ name: 'label', width: 3, height: 2 }],
    });
    const out = new Uint8Array(1000);
    const { data } = await slide.readRegion({ level: 1, x: 5, y: 7, width: 4, height: 2, out });
    expect(data.buffer).toBe(out.buffer);
    // Nothing is white; half of a colour lies over white.
    expect([...data.subarray(0, 6)]).toEqual([255, 255, 255, 127 + 6, 127 + 7, 127 + 1]);
    expect([...(await slide.readAssociated('label')).data.subarray(0, 3)]).toEqual([0, 0, 255]);
    await expect(slide.readAssociated('macro')).rejects.toMatchObject({ code: 'slide/no-such-image' });
    await expect(slide.readRegion({ level: 2, x: 0, y: 0, width: 1, height: 1 })).rejects.toMatchObject({ code: 'slide/bad-region' });
    expect(await slide.readRawTile(0, 0, 0)).toBeNull();
    await slide.close();
    await expect(slide.readRegion({ level: 0, x: 0, y: 0, width: 1, height: 1 })).rejects.toMatchObject({ code: 'slide/closed' });
  });

  test.for([
    ['crash-open.mrxs', 'slide/reader-died', /SIGABRT/],
    ['exit-open.mrxs', 'slide/reader-died', /exit code 3/],
    ['hang-open.mrxs', 'slide/reader-timeout', /4 s/],
    ['refused.mrxs', 'slide/reader-failed', /the file is odd/],
    ['no-levels.mrxs', 'slide/corrupt', /without pixels/],
    ['unknown.mrxs', 'slide/unsupported-format', /MIRAX/],
  ] as const)('%s: an error of that slide', async ([name, code, message], { skip }) => {
    withLibrary(skip);
    const opening = openSlide(put(name), { readerTimeoutMs: name.startsWith('hang') ? 4000 : undefined });
    await expect(opening).rejects.toMatchObject({
      code,
      category: 'data',
      message: expect.stringMatching(message),
      where: { file: join(folder, name) },
    });
  });

  test.for([
    ['crash-read.mrxs', 'slide/reader-died'],
    ['hang-read.mrxs', 'slide/reader-timeout'],
  ] as const)('%s: an error of that slide, and of whatever is asked of it afterwards', async ([name, code], { skip }) => {
    withLibrary(skip);
    await using slide = await openSlide(put(name), { readerTimeoutMs: name.startsWith('hang') ? 12_000 : undefined });
    const region = { level: 0, x: 0, y: 0, width: 2, height: 2 };
    const both = await Promise.allSettled([slide.readRegion(region), slide.readRegion(region)]);
    for (const result of both) expect(result).toMatchObject({ status: 'rejected', reason: { code } });
    await expect(slide.readAssociated('label')).rejects.toMatchObject({ code });
  });
});

describe('a library that is not there', () => {
  const hamamatsu = { tag: 65420, type: 'long', values: [1] } as const;
  test('is named with what to do, by whoever asked', async () => {
    for (const place of [join(folder, 'nowhere.so'), put('text.so', 'no library')]) {
      process.env.SLIDESTREAM_OPENSLIDE = place;
      const ndpi = put('a.ndpi', await writeTiff({ levels: [madeUpPicture(64, 64)], tileSizePx: 64, fields: () => [hamamatsu] }));
      await expect(openSlide(ndpi)).rejects.toMatchObject({
        code: 'slide/unsupported-format',
        hint: expect.stringContaining('openslide-bin'),
      });
      await expect(openSlide(ndpi, { reader: 'openslide' })).rejects.toMatchObject({ code: 'slide/no-openslide', category: 'usage' });
      await expect(openSlide(ndpi, { reader: 'tiff' })).rejects.toMatchObject({ code: 'slide/unsupported-format' });
    }
  });

  test('is not asked for what nobody knows, nor for a reader that there is not', async () => {
    process.env.SLIDESTREAM_OPENSLIDE = join(folder, 'nowhere.so');
    await expect(openSlide(put('letter.txt', 'Dear reader'))).rejects.toMatchObject({ code: 'slide/unsupported-format', hint: undefined });
    await expect(openSlide(put('empty.tif', layOutTiff([])), { reader: 'bio-formats' as 'auto' })).rejects.toMatchObject({
      code: 'slide/no-such-reader',
      category: 'usage',
    });
  });
});
