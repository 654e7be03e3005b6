import type { TileInput } from '@slidestream/augment';
import { classification } from '@slidestream/classification';
import { type TensorRecord, toFloat32 } from '@slidestream/core';
import { survival } from '@slidestream/survival';
import type { Task, TrainBatch } from '@slidestream/training';
import * as tf from '@tensorflow/tfjs-core';
import { UnknownCase } from './conformance-case.js';
import type { TraceCase } from './trace-case.js';

/** Fields of both tasks' targets: each reads its own. */
export interface TraceTarget {
  readonly label: number;
  readonly bin: number;
  readonly event: boolean;
  readonly time: number;
}

/** A recorded batch as the training loop takes it, and what makes its tiles a tensor. */
export interface TraceBatch {
  readonly batch: TrainBatch<TraceTarget>;
  readonly input: TileInput;
}

/** The task of a recorded run. */
export function traceTask(trace: TraceCase): Task<TraceTarget> {
  const lossWeights = { main: trace.mainWeight, auxiliary: trace.auxiliaryWeight };
  if (trace.loss === 'nll_surv') return survival({ bins: trace.classes, lossWeights });
  return classification({ classes: Array.from({ length: trace.classes }, (_, i) => `class ${i}`), loss: trace.loss, lossWeights });
}

/** Inputs `in.x{n}`, `in.label{n}`, `in.censorship{n}`. */
export function traceBatch(trace: TraceCase, n: number): TraceBatch {
  const x = required(trace, `in.x${n}`);
  const labels = Array.from(required(trace, `in.label${n}`).data as ArrayLike<number | bigint>, Number);
  const censored = trace.tensors.get(`in.censorship${n}`);
  const targets = labels.map((label, i) => ({ label, bin: label, event: Number(censored?.data[i] ?? 0) === 0, time: label }));
  const ids = labels.map((_, i) => `bag ${n}.${i}`);
  return { batch: { ids, targets, ...instancesOf(x) }, input: inputOf(x) };
}

/** Tiles or features as they were recorded. */
export function instancesOf(x: TensorRecord): Pick<TrainBatch, 'tiles' | 'tileKeys' | 'features'> {
  if (x.shape.length === 3) {
    const [bags, instances, width] = x.shape as [number, number, number];
    return { features: { data: toFloat32(x), bags, instances, width } };
  }
  const [count, , heightPx, widthPx] = x.shape as [number, number, number, number];
  return { tiles: { data: new Uint8Array(0), count, heightPx, widthPx } };
}

/** Recorded tiles are normalised floats [T, 3, h, w] already: cut out and turned, no more. */
export function inputOf(x: TensorRecord): TileInput {
  const plain: TileInput['plain'] = (tiles, from, to) =>
    tf.tidy(() => {
      const size = 3 * tiles.heightPx * tiles.widthPx;
      const planes = toFloat32(x).slice(from * size, to * size);
      return tf.transpose(tf.tensor4d(planes, [to - from, 3, tiles.heightPx, tiles.widthPx]), [0, 2, 3, 1]);
    });
  return { plain, augmented: (tiles, _keys, from, to) => plain(tiles, from, to) };
}

function required(trace: TraceCase, name: string): TensorRecord {
  const record = trace.tensors.get(name);
  if (record === undefined) throw new UnknownCase(`the case has no ${name}`);
  return record;
}
