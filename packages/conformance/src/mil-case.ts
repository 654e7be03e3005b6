import type { StateDict } from '@slidestream/core';
import { readSafetensors } from '@slidestream/formats';
import { type CaseFile, UnknownCase } from './conformance-case.js';
import { readJson } from './read-json.js';

/** A head's golden vector: what its `.json` and `.safetensors` hold. */
export interface MilCase {
  readonly head: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputDim: number;
  readonly classes: number;
  readonly training: boolean;
  readonly loss: 'ce' | 'nll_surv';
  readonly mainWeight: number;
  readonly auxiliaryWeight: number;
  readonly withoutGradient: readonly string[];
  readonly zeroGradient: readonly string[];
  readonly tensors: StateDict;
}

/** Reads a case. @throws UnknownCase for a mode or loss that is not known */
export async function readMilCase({ path, tensorsPath }: CaseFile): Promise<MilCase> {
  const json = (await readJson(path)) as Record<string, unknown>;
  if (tensorsPath === null) throw new UnknownCase('the case has no .safetensors');
  const options = (json.options ?? {}) as Record<string, unknown>;
  const mode = json.mode;
  const loss = json.loss;
  if (mode !== 'eval' && mode !== 'train') throw new UnknownCase(`mode ${String(mode)}`);
  if (loss !== 'ce' && loss !== 'nll_surv') throw new UnknownCase(`loss ${String(loss)}`);
  const noise = (json.fp32_vs_fp64 ?? {}) as { exactly_zero_grad_params?: readonly string[] };
  return {
    head: String(json.head),
    options,
    inputDim: Number(json.input_dim ?? options.input_dim),
    classes: Number(json.n_classes ?? options.n_classes),
    training: mode === 'train',
    loss,
    mainWeight: Number(json.main_alpha ?? 1),
    auxiliaryWeight: Number(json.aux_alpha ?? 0),
    withoutGradient: (json.params_without_grad ?? []) as readonly string[],
    zeroGradient: noise.exactly_zero_grad_params ?? [],
    tensors: await readSafetensors(tensorsPath),
  };
}

/** Tensors whose name starts with `prefix`, under the rest of their name. */
export function tensorsUnder(tensors: StateDict, prefix: string): StateDict {
  return new Map([...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, record]) => [name.slice(prefix.length), record]));
}
