import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeSyntheticSlide, parseTruth, type SyntheticSlide, truthJson, tumourShare, writeSyntheticCohort } from './synthetic-slides.js';

const small = { widthPx: 1024, heightPx: 896, downsamples: [4] };
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Mean colour of the cells of one kind. */
function meanColour(slide: SyntheticSlide, kind: number): number[] {
  const [base] = slide.levels;
  const { cellPx, columns, cells } = slide.truth;
  const sums = [0, 0, 0];
  let count = 0;
  for (let y = 0; y < base!.height; y += 3) {
    for (let x = 0; x < base!.width; x += 3) {
      if (cells[Math.floor(y / cellPx) * columns + Math.floor(x / cellPx)] !== kind) continue;
      for (let c = 0; c < 3; c++) sums[c] = sums[c]! + base!.data[(y * base!.width + x) * 3 + c]!;
      count++;
    }
  }
  return sums.map((sum) => sum / count);
}

describe('makeSyntheticSlide', () => {
  const tumour = makeSyntheticSlide({ ...small, id: 'A', label: 'tumor', seed: 3 });
  const normal = makeSyntheticSlide({ ...small, id: 'B', label: 'normal', seed: 3 });

  it('gives the same pixels for the same seed and others for another', () => {
    const again = makeSyntheticSlide({ ...small, id: 'A', label: 'tumor', seed: 3 });
    const other = makeSyntheticSlide({ ...small, id: 'A', label: 'tumor', seed: 4 });
    expect(hash(again.levels[0]!.data)).toBe(hash(tumour.levels[0]!.data));
    expect(hash(other.levels[0]!.data)).not.toBe(hash(tumour.levels[0]!.data));
  });

  it('puts tumour on 30 to 60 per cent of the tissue of tumour slides only', () => {
    const share = (slide: SyntheticSlide): number => {
      const count = (kind: number): number => slide.truth.cells.filter((cell) => cell === kind).length;
      return count(2) / (count(1) + count(2));
    };
    expect(share(normal)).toBe(0);
    expect(share(tumour)).toBeGreaterThan(0.29);
    expect(share(tumour)).toBeLessThan(0.61);
  });

  it('shows white glass, pink tissue and darker tumour', () => {
    const glass = meanColour(tumour, 0);
    const tissue = meanColour(normal, 1);
    const [red, green, blue] = tissue as [number, number, number];
    expect(Math.min(...glass)).toBeGreaterThan(232);
    expect(red - green).toBeGreaterThan(25);
    expect(blue).toBeGreaterThan(green);
    expect(meanColour(tumour, 2)[0]).toBeLessThan(red);
  });

  it('has levels of the asked sizes', () => {
    expect(tumour.levels.map(({ width, height }) => [width, height])).toEqual([
      [1024, 896],
      [256, 224],
    ]);
  });
});

describe('tumourShare', () => {
  const truth = { cellPx: 16, columns: 2, rows: 1, cells: Uint8Array.of(2, 1) };

  it('weighs cells by their part of the square', () => {
    expect(tumourShare(truth, 0, 0, 16)).toBe(1);
    expect(tumourShare(truth, 8, 0, 16)).toBe(0.5);
    expect(tumourShare(truth, -8, -8, 16)).toBe(0.25);
    expect(tumourShare(truth, 64, 64, 16)).toBe(0);
  });

  it('comes back from JSON as it was', () => {
    expect(parseTruth(truthJson(truth))).toEqual(truth);
  });
});

describe('writeSyntheticCohort', () => {
  it('writes slides that a TIFF reader opens, with labels and truth', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slidestream-cohort-'));
    try {
      const entries = await writeSyntheticCohort(folder, {
        ...small,
        widthPx: 512,
        heightPx: 448,
        seed: 1,
        slides: { train: 2, val: 0, test: 1 },
      });
      expect(entries.map(({ label, fold }) => [label, fold])).toEqual([
        ['normal', 'train'],
        ['tumor', 'train'],
        ['normal', 'test'],
      ]);
      expect(await readFile(join(folder, 'labels.csv'), 'utf8')).toContain('P001,SYN-001,tumor,train\n');
      const meta = await sharp(join(folder, 'slides', 'SYN-001.svs'), { page: 0 }).metadata();
      expect([meta.width, meta.height]).toEqual([512, 448]);
      expect(parseTruth(await readFile(join(folder, 'truth', 'SYN-001.json'), 'utf8')).cells.includes(2)).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
