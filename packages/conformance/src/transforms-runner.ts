import { type CropBox, identityTransform, placeTiles, resample, type TileImages } from '@slidestream/augment';
import { type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { readSafetensors } from '@slidestream/formats';
import * as tf from '@tensorflow/tfjs-core';
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
  await startEngine();
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

function resized(record: TensorRecord, box: CropBox | null, sizePx: number): Float32Array {
  const [count, height, width] = sizesOf(record);
  const result = tf.tidy(() =>
    resample(tf.tensor4d(toFloat32(record), [count, 3, height, width]), new Array<CropBox | null>(count).fill(box), sizePx),
  );
  const values = result.dataSync() as Float32Array;
  result.dispose();
  return values;
}

/** Planes [T, 3, h, w] of the shifted tiles. */
function shifted(record: TensorRecord, { tx, ty }: Shift): Float32Array {
  const [count, heightPx, widthPx] = sizesOf(record);
  const planes = toFloat32(record);
  const pixels = heightPx * widthPx;
  const data = new Uint8Array(planes.length);
  for (let i = 0; i < data.length; i++) {
    const tile = Math.floor(i / (3 * pixels));
    data[i] = Math.round(planes[(tile * 3 + (i % 3)) * pixels + (Math.floor(i / 3) % pixels)] as number);
  }
  const tiles: TileImages = { data, count, heightPx, widthPx };
  const transforms = new Array(count).fill({ ...identityTransform, shiftX: tx, shiftY: ty });
  return placeTiles(
    tiles,
    0,
    count,
    transforms,
    Float32Array.from({ length: 768 }, (_, i) => i % 256),
  );
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
