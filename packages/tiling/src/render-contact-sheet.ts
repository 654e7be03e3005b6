import { type Canvas, openCanvas, shrinkByArea } from './canvas.js';
import { scaleRing } from './polygon.js';
import { countReasons, type RejectedTiles, type RejectionReason, rejectionReasons } from './select-tiles.js';
import type { Thumbnail } from './thumbnail.js';
import type { TissueMask } from './tissue-mask.js';
import type { RgbPixels, SlideTissue, TileGrid } from './types.js';

/** What a contact sheet shows. */
export interface ContactSheet {
  readonly slide: string;
  readonly thumbnail: Thumbnail;
  readonly tissue: SlideTissue;
  readonly mask: TissueMask;
  /** Tiles by scale. */
  readonly scales: readonly { readonly name: string; readonly grid: TileGrid; readonly rejected: RejectedTiles }[];
  /** Lines below the title: how tissue was found, what was asked for. */
  readonly notes?: readonly string[] | undefined;
}

type Colour = readonly [red: number, green: number, blue: number];

/** Colours that people with any colour vision can tell apart (Okabe and Ito 2008). */
const KEPT: Colour = [0, 158, 115];
const REASONS: Readonly<Record<RejectionReason, Colour>> = {
  'not-included': [130, 130, 130],
  excluded: [20, 20, 20],
  'little-tissue': [230, 159, 0],
  missing: [204, 121, 167],
  blank: [86, 180, 233],
  pen: [0, 60, 255],
  blur: [213, 94, 0],
};
const OUTLINE: Colour = [0, 158, 115];
const HOLE: Colour = [0, 60, 255];
const INK: Colour = [30, 30, 30];

/** Longer side of a panel. */
const PANEL_PX = 640;
const GAP_PX = 16;
const LINE_PX = 22;

/**
 * One picture to judge a slide's tiling by: the slide with the tissue's outlines and holes, the tissue mask, and for each scale the tiles,
 * kept ones green and left-out ones in the colour of their reason, with a legend that counts them.
 */
export async function renderContactSheet(sheet: ContactSheet): Promise<RgbPixels> {
  const { thumbnail, tissue, mask, scales, notes = [] } = sheet;
  const zoom = Math.min(1, PANEL_PX / Math.max(thumbnail.width, thumbnail.height));
  const panel = { width: Math.max(1, Math.round(thumbnail.width * zoom)), height: Math.max(1, Math.round(thumbnail.height * zoom)) };
  const columns = Math.min(2 + scales.length, panel.width > 1.6 * panel.height ? 2 : 4);
  const rows = Math.ceil((2 + scales.length) / columns);
  const head = GAP_PX + LINE_PX * (1 + notes.length);
  const legend = LINE_PX * (1 + Math.max(0, ...scales.map(({ rejected }) => Object.keys(countReasons(rejected)).length)));
  const cell = { width: Math.max(panel.width, 220), height: LINE_PX + panel.height + legend + GAP_PX };
  const width = GAP_PX + columns * (cell.width + GAP_PX);
  const small = await shrinkByArea(thumbnail, panel);
  const canvas = await openCanvas(width, head + rows * cell.height);
  try {
    canvas.text(sheet.slide, GAP_PX, LINE_PX, { colour: INK, scale: 0.6 });
    for (const [i, note] of notes.entries()) canvas.text(note, GAP_PX, LINE_PX * (2 + i), { colour: INK });
    const placeOf = (index: number) => ({
      x: GAP_PX + (index % columns) * (cell.width + GAP_PX),
      y: head + Math.floor(index / columns) * cell.height + LINE_PX,
    });
    const slideToPanel = { x: panel.width / thumbnail.width / thumbnail.scale.x, y: panel.height / thumbnail.height / thumbnail.scale.y };
    const outlines = placeOf(0);
    canvas.text('slide, outlines, holes', outlines.x, outlines.y - 6, { colour: INK });
    canvas.picture(small, outlines);
    const rings = (one: Int32Array): Int32Array => shifted(scaleRing(one, slideToPanel), outlines);
    canvas.rings(
      tissue.contours.map(({ outer }) => rings(outer)),
      OUTLINE,
    );
    canvas.rings(
      tissue.contours.flatMap(({ holes }) => holes.map(rings)),
      HOLE,
    );
    const masked = placeOf(1);
    canvas.text('tissue mask', masked.x, masked.y - 6, { colour: INK });
    canvas.picture(maskPicture(mask, panel), masked);
    for (const [i, scale] of scales.entries()) {
      const at = placeOf(2 + i);
      canvas.text(title(scale), at.x, at.y - 6, { colour: INK });
      canvas.picture(small, at);
      drawTiles(canvas, scale, { ...at, ...panel, slideToPanel });
      drawLegend(canvas, scale, at.x, at.y + panel.height);
    }
    return canvas.pixels();
  } finally {
    canvas.close();
  }
}

function title({ name, grid }: ContactSheet['scales'][number]): string {
  const scale = grid.mpp === null ? `level ${grid.level}` : `${Number(grid.mpp.toPrecision(4))} um/px`;
  return `${name}: ${grid.tileSizePx} px at ${scale}`;
}

interface Panel {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly slideToPanel: { readonly x: number; readonly y: number };
}

function drawTiles(canvas: Canvas, { grid, rejected }: ContactSheet['scales'][number], panel: Panel): void {
  const { x, y, width, height, slideToPanel } = panel;
  const box = (coords: Int32Array, i: number) => {
    const left = (coords[2 * i] as number) * slideToPanel.x;
    const top = (coords[2 * i + 1] as number) * slideToPanel.y;
    const right = Math.min(width, Math.max(left + 1, left + grid.sizeLevel0Px * slideToPanel.x));
    const bottom = Math.min(height, Math.max(top + 1, top + grid.sizeLevel0Px * slideToPanel.y));
    return { left: x + Math.round(left), top: y + Math.round(top), right: x + Math.round(right), bottom: y + Math.round(bottom) };
  };
  for (let i = 0; i < grid.coords.length / 2; i++) canvas.tint(box(grid.coords, i), KEPT, 0.3);
  for (const [i, reason] of rejected.reasons.entries()) canvas.tint(box(rejected.coords, i), REASONS[reason], 0.55);
}

function drawLegend(canvas: Canvas, { grid, rejected }: ContactSheet['scales'][number], x: number, top: number): void {
  const counts = countReasons(rejected);
  const lines: (readonly [Colour, string])[] = [[KEPT, `${grid.coords.length / 2} kept`]];
  for (const reason of rejectionReasons) if (counts[reason] !== undefined) lines.push([REASONS[reason], `${counts[reason]} ${reason}`]);
  for (const [i, [colour, text]] of lines.entries()) {
    const y = top + i * LINE_PX + 5;
    canvas.tint({ left: x, top: y, right: x + 14, bottom: y + 14 }, colour, 1);
    canvas.text(text, x + 22, y + 12, { colour: INK });
  }
}

/** The mask in two greys, each pixel that of the mask below its centre. */
function maskPicture({ width, height, data }: TissueMask, size: { readonly width: number; readonly height: number }): RgbPixels {
  const rgb = new Uint8Array(size.width * size.height * 3);
  for (let y = 0, at = 0; y < size.height; y++) {
    const row = Math.floor(((y + 0.5) * height) / size.height) * width;
    for (let x = 0; x < size.width; x++, at += 3) {
      rgb.fill(data[row + Math.floor(((x + 0.5) * width) / size.width)] === 0 ? 235 : 90, at, at + 3);
    }
  }
  return { ...size, data: rgb };
}

function shifted(ring: Int32Array, by: { readonly x: number; readonly y: number }): Int32Array {
  return ring.map((value, i) => value + (i % 2 === 0 ? by.x : by.y));
}
