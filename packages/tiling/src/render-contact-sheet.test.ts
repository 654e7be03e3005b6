import { describe, expect, it } from 'vitest';
import { blobImage, testSlide } from '../fixtures/test-slide.js';
import { gridTiles } from './grid-tiles.js';
import { presets } from './parameters.js';
import { renderContactSheet } from './render-contact-sheet.js';
import { segmentTissue } from './segment-tissue.js';
import { selectTiles } from './select-tiles.js';
import { readThumbnail } from './thumbnail.js';
import { tissueMask } from './tissue-mask.js';

describe('renderContactSheet', () => {
  it('shows slide, mask and tiles side by side, each kept or left-out tile in its colour', async () => {
    const [width, height] = [300, 200];
    const slide = testSlide(blobImage(width, height, 4), { info: { width, height, levels: [{ width, height, downsample: 1 }] }, level: 0 });
    const tissue = await segmentTissue(slide, { ...presets.bwh_biopsy!, a_t: 0.01, a_h: 0.001 });
    const mask = await tissueMask(slide, tissue);
    const scale = { tileSizePx: 20, at: { kind: 'level', level: 0 } } as const;
    const selected = await selectTiles(slide, gridTiles(slide, tissue, scale), { mask, minTissue: 0.6 });
    expect(Math.min(selected.grid.coords.length, selected.rejected.coords.length)).toBeGreaterThan(4);
    const thumbnail = await readThumbnail(slide, 0);
    const sheet = await renderContactSheet({ slide: 'S-1 µ', thumbnail, tissue, mask, scales: [{ name: 'high', ...selected }] });
    // Panels are 300 px wide, 16 px apart, below 38 px of title and a line of 22 px.
    expect(sheet.width).toBe(16 + 3 * (300 + 16));
    const at = (panel: number, x: number, y: number): number[] => {
      const i = ((16 + 22 + 22 + y) * sheet.width + 16 + panel * 316 + x) * 3;
      return Array.from(sheet.data.subarray(i, i + 3));
    };
    for (let y = 0; y < height; y += 7) {
      for (let x = 0; x < width; x += 7) expect(at(1, x, y)).toEqual(Array(3).fill(mask.data[y * width + x] === 0 ? 235 : 90));
    }
    const corner = (coords: Int32Array, i: number): number[] => at(2, coords[2 * i] as number, coords[2 * i + 1] as number);
    // Of tiles that touch, the one drawn last has the edge: left-out tiles come last and never share a corner with each other.
    expect(corner(selected.rejected.coords, 0)).toEqual([230, 159, 0]);
    const kept = selected.grid.coords;
    expect(at(2, (kept[0] as number) + 1, kept[1] as number)).toEqual([0, 158, 115]);
  });

  it('is made for a slide without tissue, too', async () => {
    const glass = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3).fill(240) };
    const slide = testSlide(glass, { info: { width: 64, height: 48, levels: [{ width: 64, height: 48, downsample: 1 }] }, level: 0 });
    const tissue = await segmentTissue(slide, presets.tcga!);
    const mask = await tissueMask(slide, tissue);
    const sheet = await renderContactSheet({
      slide: 'glass',
      thumbnail: await readThumbnail(slide, 0),
      tissue,
      mask,
      scales: [],
      notes: ['no tissue'],
    });
    expect(sheet.data.length).toBe(sheet.width * sheet.height * 3);
  });
});
