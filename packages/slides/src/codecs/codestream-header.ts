import { slideError } from '../errors.js';

/** Size marker of a JPEG 2000 codestream. */
export interface CodestreamHeader {
  readonly width: number;
  readonly height: number;
  /** Tiles that the codestream cuts its image into. */
  readonly tiles: number;
  /** Whether the codestream transforms its colours itself: decoded samples are RGB then. */
  readonly componentTransform: boolean;
  /** Horizontal and vertical step of the samples of each component: 1 = full resolution. */
  readonly steps: readonly (readonly [horizontal: number, vertical: number])[];
}

/**
 * Reads the SIZ marker of a raw JPEG 2000 codestream, so that its size can be refused before anything is decoded.
 *
 * @throws SlidestreamError `slide/corrupt-tile`, `slide/unsupported-compression`
 */
export function readCodestreamHeader(bytes: Uint8Array): CodestreamHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // SOC, then SIZ must be the first marker segment.
  if (bytes.length < 43 || view.getUint32(0) !== 0xff4fff51) throw damaged('it does not start with a size marker');
  const components = view.getUint16(40);
  if (view.getUint16(4) !== 38 + 3 * components || bytes.length < 42 + 3 * components) throw damaged('its size marker has a wrong length');
  const [right, bottom, left, top] = [8, 12, 16, 20].map((at) => view.getUint32(at)) as [number, number, number, number];
  const [tileWidth, tileHeight] = [view.getUint32(24), view.getUint32(28)];
  if (right === 0 || bottom === 0 || tileWidth === 0 || tileHeight === 0) throw damaged('an image or tile without pixels');
  if (left !== 0 || top !== 0) throw slideError('slide/unsupported-compression', 'JPEG 2000 images with an offset cannot be decoded');
  const steps: [number, number][] = [];
  for (let i = 0; i < components; i++) {
    const at = 42 + i * 3;
    if (bytes[at] !== 7) throw slideError('slide/unsupported-compression', 'only JPEG 2000 of 8 unsigned bits can be decoded');
    steps.push([bytes[at + 1] as number, bytes[at + 2] as number]);
  }
  const tiles = Math.ceil(right / tileWidth) * Math.ceil(bottom / tileHeight);
  return { width: right, height: bottom, steps, tiles, componentTransform: transformsColours(view) };
}

const COD = 0xff52;
const SOT = 0xff90;

/** Looks for the coding style default in the main header. */
function transformsColours(view: DataView): boolean {
  for (let at = 2; at + 9 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === COD) return view.getUint8(at + 8) === 1;
    if (marker === SOT || marker < 0xff00) return false;
  }
  return false;
}

function damaged(why: string): Error {
  return slideError('slide/corrupt-tile', `the JPEG 2000 stream is damaged: ${why}`);
}
