import { type CropBox, identityTransform, resizeImage, type TileImages, type TileTransform, warpTiles } from '@slidestream/augment';
import { type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import { readSafetensors } from '@slidestream/formats';
import { Comparison } from './comparison.js';
import { type CaseResult, type CaseRunner, UnknownCase } from './conformance-case.js';
import { readJson } from './read-json.js';

interface ResizedCrop extends CropBox {
  readonly name: string;
  readonly size: number;
}

interface Shift {
  readonly name: string;
  readonly tx: number;
  readonly ty: number;
}

interface TransformsCase {
  readonly resized_crop?: readonly ResizedCrop[];
  readonly affine?: readonly Shift[];
}

const CROP = 1e-2;
const UINT8 = 1;

/** Runs resized crops and shifts of `in.x`, and resizes of the 8-bit `in.u8`. */
export const runTransforms: CaseRunner = async (caseFile): Promise<CaseResult> => {
  if (caseFile.tensorsPath === null) throw new UnknownCase('the case has no .safetensors');
  const { resized_crop: crops = [], affine: shifts = [] } = (await readJson(caseFile.path)) as TransformsCase;
  const tensors = await readSafetensors(caseFile.tensorsPath);
  const comparison = new Comparison();
  const x = crops.length + shifts.length === 0 ? null : required(tensors, 'in.x');
  for (const crop of crops) {
    comparison.close(crop.name, resized(x as TensorRecord, crop, crop.size), toFloat32(required(tensors, `out.${crop.name}`)), {
      absolute: CROP,
    });
  }
  for (const shift of shifts) {
    // A shift only moves values, so whole numbers show it as well as any: both sides are rounded alike.
    const expected = Float32Array.from(toFloat32(required(tensors, `out.${shift.name}`)), Math.round);
    comparison.close(shift.name, shifted(x as TensorRecord, shift), expected, { absolute: 0 });
  }
  for (const [name, record] of tensors) {
    const size = /^out\.u8_resize_(\d+)$/.exec(name)?.[1];
    if (size === undefined) continue;
    const resizedValues = resized(required(tensors, 'in.u8'), null, Number(size));
    comparison.close(name, Float32Array.from(resizedValues, Math.round), toFloat32(record), { absolute: UINT8 });
  }
  return comparison.result(caseFile);
};

/** Planes [T, 3, size, size] of the cropped and resized tiles. */
function resized(record: TensorRecord, box: CropBox | null, sizePx: number): Float32Array {
  const [count, height, width] = sizesOf(record);
  const interleaved = toInterleaved(toFloat32(record), height * width);
  const values = height * width * 3;
  const out = new Float32Array(count * sizePx * sizePx * 3);
  const whole = { top: 0, left: 0, height, width };
  for (let tile = 0; tile < count; tile++) {
    const image = interleaved.subarray(tile * values, (tile + 1) * values);
    resizeImage(image, width, box ?? whole, sizePx, out, tile * sizePx * sizePx * 3);
  }
  return toPlanes(out, sizePx * sizePx);
}

/** Planes [T, 3, h, w] of the shifted tiles. */
function shifted(record: TensorRecord, { tx, ty }: Shift): Float32Array {
  const [count, heightPx, widthPx] = sizesOf(record);
  const data = Uint8Array.from(toInterleaved(toFloat32(record), heightPx * widthPx), Math.round);
  const tiles: TileImages = { data, count, heightPx, widthPx };
  const transforms = new Array<TileTransform>(count).fill({ ...identityTransform, shiftX: tx, shiftY: ty });
  const table = Float32Array.from({ length: 768 }, (_, i) => i % 256);
  return toPlanes(warpTiles(tiles, 0, count, transforms, widthPx, table), heightPx * widthPx);
}

/** [T, 3, P] → [T, P, 3]. */
function toInterleaved(planes: Float32Array, pixels: number): Float32Array {
  return planes.map((_, i) => planes[(Math.floor(i / (3 * pixels)) * 3 + (i % 3)) * pixels + (Math.floor(i / 3) % pixels)] as number);
}

/** [T, P, 3] → [T, 3, P]. */
function toPlanes(interleaved: Float32Array, pixels: number): Float32Array {
  return interleaved.map((_, i) => {
    const tile = Math.floor(i / (3 * pixels));
    const channel = Math.floor(i / pixels) % 3;
    return interleaved[(tile * pixels + (i % pixels)) * 3 + channel] as number;
  });
}

function sizesOf(record: TensorRecord): [count: number, height: number, width: number] {
  const shape = record.shape.length === 3 ? [1, ...record.shape] : record.shape;
  return [shape[0] as number, shape[2] as number, shape[3] as number];
}

function required(tensors: StateDict, name: string): TensorRecord {
  const record = tensors.get(name);
  if (record === undefined) throw new UnknownCase(`the case has no ${name}`);
  return record;
}
