import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { toFloat32 } from '@slidestream/core';
import { gridPositions, readClamCoords, readFeatures, readHdf5Coords, readSafetensors } from '@slidestream/formats';
import { openTileStore, verifyTileStore } from '@slidestream/lmdb-io';
import { decodeJpeg } from '@slidestream/slides';
import { Comparison } from './comparison.js';
import { type CaseFile, type CaseResult, UnknownCase } from './conformance-case.js';
import type { FilesInfo } from './files-runner.js';

interface StoreInfo {
  readonly slides: Readonly<Record<string, number>>;
  readonly entries: Readonly<Record<string, { readonly jpeg_len: number; readonly jpeg_sha256: string }>>;
}

/** Reads every tile of a store. */
export async function runStoreFile(caseFile: CaseFile, info: FilesInfo): Promise<CaseResult> {
  const want = info[`lmdb/${basename(caseFile.path)}`] as StoreInfo | undefined;
  if (want === undefined) throw new UnknownCase('info.json does not say what the store holds');
  const comparison = new Comparison();
  using store = openTileStore(caseFile.path);
  comparison.equal('slides', Object.fromEntries(store.slides.map((slide) => [slide, store.tileCount(slide)])), want.slides);
  let tiles = 0;
  for (const slide of store.slides) {
    for await (const { index, jpeg } of store.tiles(slide)) {
      const entry = want.entries[`${slide}-${index}`];
      comparison.equal(`${slide}-${index} length`, jpeg.length, entry?.jpeg_len);
      comparison.equal(`${slide}-${index}`, createHash('sha256').update(jpeg).digest('hex'), entry?.jpeg_sha256);
      tiles++;
    }
  }
  comparison.equal('tiles', tiles, Object.keys(want.entries).length);
  comparison.equal('verified', (await verifyTileStore(caseFile.path)).ok, true);
  return comparison.result(caseFile);
}

interface CoordinatesInfo {
  readonly coords?: readonly (readonly number[])[];
  readonly grid_width_height?: readonly (readonly number[])[];
  readonly tile_grid_xy?: readonly (readonly number[])[];
  readonly layout?: { readonly attrs: Readonly<Record<string, unknown>> };
  readonly note?: string;
}

/** Reads coordinates, their attributes and grid positions; or features. */
export async function runCoordinatesFile(caseFile: CaseFile, info: FilesInfo): Promise<CaseResult> {
  const want = info[`h5/${basename(caseFile.path)}`] as CoordinatesInfo | undefined;
  const comparison = new Comparison();
  if (want?.coords !== undefined) {
    const clam = await readClamCoords(caseFile.path);
    const { width, height, cells } = gridPositions(clam);
    comparison.equal('coords', [...clam.coords], want.coords.flat());
    comparison.equal('grid', [width, height], want.grid_width_height?.flat());
    comparison.equal('cells', [...cells], want.tile_grid_xy?.flat());
    const attributes = want.layout?.attrs ?? {};
    comparison.equal('patch', [clam.patchSize, clam.patchLevel], [attributes.patch_size, attributes.patch_level]);
    comparison.equal('downsample', clam.downsample, attributes.downsample);
    comparison.equal('level_dim', [clam.levelSize, clam.downsampledLevelSize], [attributes.level_dim, attributes.downsampled_level_dim]);
    comparison.equal('names', [clam.name, clam.savePath], [attributes.name, attributes.save_path]);
    return comparison.result(caseFile);
  }
  if (want === undefined) throw new UnknownCase('info.json does not say what the file holds');
  return runOtherHdf5(caseFile, want.note ?? '', info, comparison);
}

/** Files that `info.json` describes in words: the features of `pt/`, or the coordinates of another file without its attributes. */
async function runOtherHdf5(caseFile: CaseFile, note: string, info: FilesInfo, comparison: Comparison): Promise<CaseResult> {
  const other = /coords as in (\w+)/.exec(note)?.[1];
  if (other !== undefined) {
    const coords = await readHdf5Coords(caseFile.path);
    comparison.equal('coords', [...coords], (info[`h5/${other}.h5`] as CoordinatesInfo | undefined)?.coords?.flat());
    return comparison.result(caseFile);
  }
  if (!note.includes('features')) throw new UnknownCase(`info.json says only: ${note}`);
  const bag = await readFeatures(caseFile.path);
  const want = (await readSafetensors(caseFile.path.replace(/h5[\\/][^\\/]*$/, 'pt/expected.safetensors'))).get('f32');
  if (want === undefined) throw new UnknownCase('pt/expected.safetensors has no f32');
  comparison.equal('shape', [bag.count, bag.dim], want.shape).close('features', bag.features, toFloat32(want), { absolute: 0 });
  comparison.equal('coords', bag.coords?.length, 2 * bag.count);
  return comparison.result(caseFile);
}

/** Decodes a JPEG; every value must be libjpeg-turbo's. */
export async function runJpegFile(caseFile: CaseFile, info: FilesInfo): Promise<CaseResult> {
  const image = await decodeJpeg(new Uint8Array(await readFile(caseFile.path)));
  const comparison = new Comparison();
  const about = info[`jpeg/${basename(caseFile.path)}`];
  const shape = about?.shape ?? about?.decoded_shape;
  if (shape !== undefined) comparison.equal('shape', [image.height, image.width, 3], shape);
  if (caseFile.tensorsPath === null) {
    if (!String(about?.note ?? '').includes('three equal channels')) throw new UnknownCase('the image has no expectation beside it');
    const apart = image.data.some((value, i) => value !== image.data[i - (i % 3)]);
    return comparison.equal('three equal channels', !apart, true).result(caseFile);
  }
  const tensors = await readSafetensors(caseFile.tensorsPath);
  const bgr = tensors.get('turbo_bgr');
  const want = bgr ?? tensors.get('pillow_rgb') ?? tensors.get('rgb');
  if (want === undefined) throw new UnknownCase('the expectation holds no decoded image');
  const ours = bgr === undefined ? image.data : Uint8Array.from(image.data, (_, i) => image.data[i - (i % 3) + 2 - (i % 3)] as number);
  return comparison.close('pixels', ours, toFloat32(want), { absolute: 0 }).result(caseFile);
}
