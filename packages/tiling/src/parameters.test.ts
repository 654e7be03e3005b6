import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSlidestreamError } from '@slidestream/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultParameters, presets, resolveParameters } from './parameters.js';
import { formatProcessList, parseProcessList } from './process-list.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slidestream-presets-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'fine';
  } catch (error) {
    return isSlidestreamError(error) ? error.code : String(error);
  }
}

describe('resolveParameters', () => {
  it('puts overrides over presets over defaults', async () => {
    expect(await resolveParameters()).toEqual(defaultParameters);
    expect(await resolveParameters({ preset: 'tcga', overrides: { a_t: 2, contour_fn: 'basic', a_h: undefined } })).toEqual({
      ...presets.tcga,
      a_t: 2,
      contour_fn: 'basic',
    });
  });

  it('reads a preset file as CLAM has them', async () => {
    const file = join(folder, 'mine.csv');
    const head =
      'seg_level,sthresh,mthresh,close,use_otsu,a_t,a_h,max_n_holes,vis_level,line_thickness,white_thresh,black_thresh,use_padding,contour_fn,keep_ids,exclude_ids';
    await writeFile(file, `${head}\r\n-1,15,11,2,TRUE,1,1,2,-1,50,5,50,FALSE,center,"0,2",none\r\n`);
    expect(await resolveParameters({ preset: file })).toEqual({
      ...presets.bwh_biopsy,
      use_otsu: true,
      use_padding: false,
      contour_fn: 'center',
      keep_ids: [0, 2],
    });
  });

  it('names what is wrong', async () => {
    expect(await codeOf(() => resolveParameters({ preset: 'tgca' }))).toBe('tiling/unknown-preset');
    expect(await codeOf(() => resolveParameters({ preset: '__proto__' }))).toBe('tiling/unknown-preset');
    expect(await codeOf(() => resolveParameters({ preset: join(folder, 'absent.csv') }))).toBe('io/not-found');
    expect(await codeOf(() => resolveParameters({ overrides: { mthresh: 8 } }))).toBe('tiling/bad-parameter');
    const file = join(folder, 'wrong.csv');
    await writeFile(file, 'sthresh\nmany\n');
    expect(await codeOf(() => resolveParameters({ preset: file }))).toBe('tiling/bad-parameter');
    await writeFile(file, 'sthresh\n8\n9\n');
    expect(await codeOf(() => resolveParameters({ preset: file }))).toBe('tiling/bad-table');
  });
});

describe('process lists', () => {
  it('come back as they were written', () => {
    const parameters = { ...presets.tcga!, keep_ids: [0, 3], use_otsu: true, a_t: 0.5 };
    const text = formatProcessList([{ slideId: 'a, b.svs', process: true, status: 'tbp', parameters }]);
    expect(text.split('\n')[1]).toBe('"a, b.svs",1,tbp,-1,8,7,4,True,"0,3",none,0.5,4.0,8,-1,100,True,four_pt');
    expect(parseProcessList(text, 'list.csv')).toMatchObject([{ slideId: 'a, b.svs', process: true, status: 'tbp', parameters, line: 2 }]);
  });

  it('may say little, and pandas may have had them', () => {
    const [row] = parseProcessList('Unnamed: 0,slide_id,process,sthresh,mpp\n0,x.svs,1.0,,0.5\n', 'list.csv');
    expect(row).toMatchObject({ slideId: 'x.svs', process: true, parameters: {}, mpp: 0.5 });
  });

  it('are refused with their line', async () => {
    const codes = await Promise.all(
      ['slide_id,process\nx,2\n', 'slide_id\nx\nx\n', 'slide_id,a_t\n,1\n', 'slide_id,mpp\nx,-1\n', 'slide_id,a_t\nx\n'].map((text) =>
        codeOf(() => parseProcessList(text, 'l.csv')),
      ),
    );
    expect(codes).toEqual(Array.from({ length: 5 }, () => 'tiling/bad-table'));
    expect(() => parseProcessList('slide_id,a_t\nx,1\ny,much\n', 'l.csv')).toThrow('l.csv:3');
  });
});
