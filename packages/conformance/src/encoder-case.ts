import { dirname, join } from 'node:path';
import type { StateDict, TensorRecord } from '@slidestream/core';
import { readSafetensors } from '@slidestream/formats';
import { type CaseFile, UnknownCase } from './conformance-case.js';
import type { EncoderOptions } from './encoder-spec.js';
import { type FormulaEntry, formulaState, formulaTensor } from './formula-tensors.js';
import { readJson } from './read-json.js';

/** Sum, norm, maximum, a weighted sum and the first values of a gradient in PyTorch's layout. */
export interface Fingerprint {
  readonly sum: number;
  readonly l2: number;
  readonly absmax: number;
  readonly 'dot_cos0.01i': number;
  readonly first8: readonly number[];
}

/** A golden vector of `encoders/`, read whole. */
export interface EncoderCase {
  readonly encoder: string;
  readonly options: EncoderOptions;
  readonly training: boolean;
  /** Weights before the pass. */
  readonly state: StateDict;
  /** float32 [T, 3, h, w]. */
  readonly input: TensorRecord;
  /** `out.*`, `grad.*`, `grad_in.x`, `state_after.*`. */
  readonly tensors: StateDict;
  readonly fingerprints: Readonly<Record<string, Fingerprint>>;
}

interface EncoderDocument {
  readonly encoder?: unknown;
  readonly mode?: unknown;
  readonly options?: EncoderOptions;
  readonly loss?: unknown;
  readonly input_shape?: readonly number[];
  readonly weights?: unknown;
  readonly weights_order?: readonly FormulaEntry[];
  readonly input_from?: string;
  readonly input_formula?: string;
  readonly grad_fingerprints?: Readonly<Record<string, Fingerprint>>;
}

const LOSS = 'sum over feat[b,c] * cos(0.1*(b*C+c))';

/** Reads a case of `encoders/` with its weights and input, stored or by formula. */
export async function readEncoderCase(caseFile: CaseFile): Promise<EncoderCase> {
  const document = (await readJson(caseFile.path)) as EncoderDocument;
  const { encoder, mode, options = {}, loss } = document;
  if (typeof encoder !== 'string') throw new UnknownCase('the case names no encoder');
  if (mode !== 'eval' && mode !== 'train') throw new UnknownCase(`mode "${String(mode)}"`);
  if (loss !== LOSS) throw new UnknownCase(`loss "${String(loss)}"`);
  const folder = dirname(caseFile.path);
  const tensors: StateDict = caseFile.tensorsPath === null ? new Map() : await readSafetensors(caseFile.tensorsPath);
  return {
    encoder,
    options,
    training: mode === 'train',
    state: await readState(document, folder),
    input: tensors.get('in.x') ?? (await readInput(document, folder)),
    tensors,
    fingerprints: document.grad_fingerprints ?? {},
  };
}

async function readState({ weights, weights_order: order }: EncoderDocument, folder: string): Promise<StateDict> {
  if (typeof weights === 'string') return readSafetensors(join(folder, weights));
  if (order === undefined) throw new UnknownCase('the case tells no weights');
  return formulaState(order);
}

async function readInput(document: EncoderDocument, folder: string): Promise<TensorRecord> {
  const { input_from: other, input_formula: formula, input_shape: shape } = document;
  if (other !== undefined) {
    const input = (await readSafetensors(join(folder, `${other}.safetensors`))).get('in.x');
    if (input !== undefined) return input;
  }
  const seed = /^4u-2 with mulberry32 seed (\d+)$/.exec(formula ?? '')?.[1];
  if (seed === undefined || shape === undefined) throw new UnknownCase(`input "${formula ?? 'none'}"`);
  return formulaTensor(shape, Number(seed), (u) => 4 * u - 2);
}
