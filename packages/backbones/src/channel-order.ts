import type { StateDict, TensorRecord } from '@slidestream/core';
import type { EncoderSpec, TileNormalisation } from './encoder.js';

/** Order of a tile's channels: `rgb` as everywhere here, `bgr` as some libraries decode images. */
export type ChannelOrder = 'rgb' | 'bgr';

/**
 * An encoder for weights that were trained on tiles of another channel order, which takes RGB tiles as any other: filters of three
 * channels are turned round as they are read, and each channel is normalised as the one that stood in its place. Weights that it gives
 * out are in RGB order.
 */
export function inChannelOrder(spec: EncoderSpec, order: ChannelOrder): EncoderSpec {
  if (order === 'rgb') return spec;
  const { mean, std } = spec.normalisation;
  const normalisation: TileNormalisation = { mean: [mean[2], mean[1], mean[0]], std: [std[2], std[1], std[0]] };
  const turned: EncoderSpec = Object.freeze({
    ...spec,
    normalisation,
    currentNames: (dict: StateDict) => turnFilters(spec.currentNames?.(dict) ?? dict),
    // an encoder tells its own specification, by whose normalisation tiles are fed to it
    build: (options: Parameters<EncoderSpec['build']>[0]) => Object.assign(spec.build(options), { spec: turned }),
  });
  return turned;
}

function turnFilters(dict: StateDict): StateDict {
  return new Map([...dict].map(([name, record]) => [name, record.shape.length === 4 && record.shape[1] === 3 ? turn(record) : record]));
}

/** [O, 3, h, w] with its first and last channel exchanged. */
function turn(record: TensorRecord): TensorRecord {
  const plane = (record.shape[2] as number) * (record.shape[3] as number);
  const data = record.data.slice();
  for (let at = 0; at < data.length; at += 3 * plane) {
    (data as Float32Array).set(record.data.subarray(at + 2 * plane, at + 3 * plane) as Float32Array, at);
    (data as Float32Array).set(record.data.subarray(at, at + plane) as Float32Array, at + 2 * plane);
  }
  return { ...record, data } as TensorRecord;
}
