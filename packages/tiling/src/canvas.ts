import { loadOpenCv, withMats } from './opencv.js';
import { drawRings } from './render-mask.js';
import type { RgbPixels } from './types.js';

type Colour = readonly [red: number, green: number, blue: number];

/** Edges of a rectangle in pixels; right and bottom are outside. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A white picture to draw on; it holds memory of OpenCV's until it is closed. */
export interface Canvas {
  /** A picture from its top left corner; it must fit. */
  picture(image: RgbPixels, place: { readonly x: number; readonly y: number }): void;
  /** Closed rings, one pixel thick. */
  rings(rings: readonly Int32Array[], colour: Colour): void;
  /** A rectangle mixed with the colour by `opacity`, its edge in full colour where it is large enough to have one. */
  tint(box: Box, colour: Colour, opacity: number): void;
  /** Text from its base line; letters that the font lacks become `?`. */
  text(text: string, x: number, y: number, style: { readonly colour: Colour; readonly scale?: number }): void;
  pixels(): RgbPixels;
  close(): void;
}

/** Rectangles of fewer pixels have no edge. */
const SMALLEST_WITH_EDGE = 5;

/** Opens a white picture. */
export async function openCanvas(width: number, height: number): Promise<Canvas> {
  const { cv } = await loadOpenCv();
  const mat = new cv.Mat(height, width, cv.CV_8UC3, new cv.Scalar(255, 255, 255, 255));
  return {
    picture: (image, { x, y }) => {
      const { data } = mat;
      const row = image.width * 3;
      for (let i = 0; i < image.height; i++) data.set(image.data.subarray(i * row, (i + 1) * row), ((y + i) * width + x) * 3);
    },
    rings: (rings, colour) => drawRings(cv, mat, rings, { colour, thickness: 1 }),
    tint: ({ left, top, right, bottom }, colour, opacity) => {
      const { data } = mat;
      const edged = Math.min(right - left, bottom - top) >= SMALLEST_WITH_EDGE;
      for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
        for (let x = Math.max(0, left); x < Math.min(width, right); x++) {
          const edge = edged && (y === top || x === left || y === bottom - 1 || x === right - 1);
          const share = edge ? 1 : opacity;
          for (let c = 0; c < 3; c++) {
            const at = (y * width + x) * 3 + c;
            data[at] = Math.round((data[at] as number) * (1 - share) + (colour[c] as number) * share);
          }
        }
      }
    },
    text: (text, x, y, { colour, scale = 0.45 }) => {
      const printable = text.replaceAll(/[^ -~]/g, '?');
      const [red, green, blue] = colour;
      cv.putText(mat, printable, new cv.Point(x, y), cv.FONT_HERSHEY_SIMPLEX, scale, new cv.Scalar(red, green, blue, 255), 1, cv.LINE_AA);
    },
    pixels: () => ({ width, height, data: Uint8Array.from(mat.data as Uint8Array) }),
    close: () => mat.delete(),
  };
}

/** A picture at another size: shrunk by the means of areas. */
export async function shrinkByArea(image: RgbPixels, size: { readonly width: number; readonly height: number }): Promise<RgbPixels> {
  const { cv } = await loadOpenCv();
  return withMats((keep) => {
    const source = keep(new cv.Mat(image.height, image.width, cv.CV_8UC3));
    const target = keep(new cv.Mat());
    source.data.set(image.data);
    cv.resize(source, target, new cv.Size(size.width, size.height), 0, 0, cv.INTER_AREA);
    return { ...size, data: Uint8Array.from(target.data as Uint8Array) };
  });
}
