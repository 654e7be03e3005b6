import { randomStream, type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import { backward, disposeGradients } from '@slidestream/training';
import { Comparison } from './comparison.js';
import { compareFingerprint, compareWhole, norm, outsideLayout } from './fingerprint.js';
import { tensorsUnder } from './mil-case.js';
import type { TraceCase } from './trace-case.js';
import { traceBatch, traceTask } from './trace-data.js';
import { buildTraceModel } from './trace-model.js';

/** How far an input is moved to get off a kink: the size of its own rounding through the first layers. */
const WITHIN_ROUNDING = 1e-6;
const ATTEMPTS = 6;

/**
 * Compares the gradients of the first batch, on models of their own because batch statistics move.
 *
 * Where an activation lies within rounding of a kink (ReLU, max pool), two right programs may differ by that element's whole share. So when
 * they differ, the comparison is repeated with inputs moved by less than rounding: one that agrees is enough, for a gradient that is wrong
 * stays wrong.
 *
 * @returns names of parameters whose gradient is zero but for rounding: Adam turns that rounding into full steps, so their final values are free
 */
export async function compareFirstGradients(comparison: Comparison, trace: TraceCase): Promise<ReadonlySet<string>> {
  const wanted = tensorsUnder(trace.tensors, 'first_grad.');
  const prints = Object.entries(trace.firstGradFingerprints);
  const first = await gradientsOf(trace, 0);
  if (wanted.size + prints.length === 0) return zeros(first);
  let firstResult: ReturnType<Comparison['result']> | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = attempt === 0 ? first : await gradientsOf(trace, attempt);
    const trial = new Comparison();
    for (const [name, record] of wanted) compareWhole(trial, `first_grad.${name}`, found.get(name), record);
    for (const [name, print] of prints) compareFingerprint(trial, `first_grad ${name}`, found.get(name), print);
    const result = trial.result({ id: '', kind: '' });
    firstResult ??= result;
    if (result.status !== 'pass') continue;
    record(comparison, result, attempt === 0 ? '' : ' (off a kink)');
    return zeros(first);
  }
  if (firstResult !== undefined) record(comparison, firstResult, '');
  return zeros(first);
}

function record(comparison: Comparison, { status, error, tolerance, detail }: ReturnType<Comparison['result']>, note: string): void {
  if (error !== null && tolerance !== null) comparison.error(`${detail}${note}`, error, tolerance);
  else if (status !== 'pass') comparison.fail(detail);
}

async function gradientsOf(trace: TraceCase, attempt: number): Promise<StateDict> {
  const model = await buildTraceModel(trace);
  try {
    const { batch, input } = traceBatch(attempt === 0 ? trace : nudged(trace, attempt), trace.steps[0]?.batch ?? 0);
    const { tilesPerChunk } = trace;
    const options = { model, task: traceTask(trace), input, augment: false, tilesPerChunk, path: [0], augmentPath: [0] };
    const { gradients } = await backward(batch, options);
    const found = outsideLayout(model, gradients);
    disposeGradients(gradients);
    return found;
  } finally {
    model.dispose();
  }
}

/** The case with its inputs moved by up to {@link WITHIN_ROUNDING} of each value. */
function nudged(trace: TraceCase, attempt: number): TraceCase {
  const tensors = new Map<string, TensorRecord>(trace.tensors);
  for (const [name, record] of trace.tensors) {
    if (!/^in\.x\d+$/.test(name)) continue;
    const random = randomStream('kink', attempt, name);
    const data = Float32Array.from(toFloat32(record), (value) => value * (1 + WITHIN_ROUNDING * (2 * random.uniform() - 1)));
    tensors.set(name, { ...record, data });
  }
  return { ...trace, tensors };
}

function zeros(gradients: StateDict): ReadonlySet<string> {
  const norms = [...gradients].map(([name, record]) => [name, norm(toFloat32(record))] as const);
  const largest = Math.max(...norms.map(([, value]) => value));
  return new Set(norms.filter(([, value]) => value <= 1e-5 * largest).map(([name]) => name));
}
