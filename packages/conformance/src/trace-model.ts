import { encoders } from '@slidestream/backbones';
import { randomStream, type StateDict, type TensorRecord } from '@slidestream/core';
import { readSafetensors } from '@slidestream/formats';
import { heads, type MilHead } from '@slidestream/mil-heads';
import { loadStateDict } from '@slidestream/tensors';
import { endToEnd, onFeatures, type SlideModel } from '@slidestream/training';
import { UnknownCase } from './conformance-case.js';
import { tensorsUnder } from './mil-case.js';
import type { TraceCase } from './trace-case.js';

/** The model of a recorded run with the weights that it started from. */
export async function buildTraceModel(trace: TraceCase): Promise<SlideModel> {
  const state = new Map(tensorsUnder(trace.tensors, 'state.'));
  const model = trace.encoder === null ? onFeatures(buildHead(trace, state)) : await buildEndToEnd(trace, state);
  loadStateDict(model, state);
  return model;
}

async function buildEndToEnd(trace: TraceCase, state: Map<string, TensorRecord>): Promise<SlideModel> {
  if (!encoders.names.includes(trace.encoder as string)) throw new UnknownCase(`encoder "${trace.encoder}" is not known`);
  if (trace.encoderWeights !== null) {
    for (const [name, record] of await readSafetensors(trace.encoderWeights)) {
      const key = `encoder.${name.replace(/^state\./, '')}`;
      if (!state.has(key)) state.set(key, record);
    }
  }
  const encoder = encoders.build({ name: trace.encoder as string }, randomStream(0));
  return endToEnd({ encoder, head: buildHead(trace, tensorsUnder(state, 'mil.')), freezeEncoder: trace.freezeEncoder });
}

function buildHead(trace: TraceCase, state: StateDict): MilHead {
  const spec = heads.get(trace.head);
  if (spec.fromReferenceOptions === undefined) throw new UnknownCase(`head "${spec.name}" has no reference options`);
  const options = spec.fromReferenceOptions(trace.headOptions, new Set(state.keys()));
  return spec.build({ sizes: { inputDim: trace.inputDim, classes: trace.classes }, options, random: randomStream(0) });
}
