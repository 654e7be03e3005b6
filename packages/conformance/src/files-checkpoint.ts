import { basename, dirname, join } from 'node:path';
import { randomStream, type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import {
  isTensorRecord,
  readSafetensors,
  readTorch,
  referenceEncoderName,
  renameReferenceEncoder,
  type TorchValue,
} from '@slidestream/formats';
import { Comparison } from './comparison.js';
import { type CaseFile, type CaseResult, UnknownCase } from './conformance-case.js';
import type { FilesInfo } from './files-runner.js';

const LOGITS = { absolute: 2e-5, relative: 1e-4 };

type Info = Readonly<Record<string, unknown>>;

function stateDictOf(value: TorchValue | undefined): Map<string, TensorRecord> {
  const tensors = new Map<string, TensorRecord>();
  if (value instanceof Map) for (const [name, item] of value) if (isTensorRecord(item)) tensors.set(String(name), item);
  return tensors;
}

/** Reads a checkpoint of the reference: names, shapes, and the logits of the head that it holds. */
export async function runCheckpointFile(caseFile: CaseFile, info: FilesInfo): Promise<CaseResult> {
  const about = info.ckpt;
  if (about === undefined) throw new UnknownCase('info.json says nothing of checkpoints');
  const checkpoint = await readTorch(caseFile.path);
  if (!(checkpoint instanceof Map)) throw new UnknownCase('the checkpoint is no dict');
  if (basename(caseFile.path).startsWith('encoder_rename')) return renamed(caseFile, checkpoint, about);
  const expected = await readSafetensors(join(dirname(caseFile.path), 'expected.safetensors'));
  const comparison = new Comparison();
  const epoch = /^epoch_(\d+)/.exec(basename(caseFile.path))?.[1];
  comparison.equal('epoch', checkpoint.get('epoch'), epoch === undefined ? about.epoch : Number(epoch));
  const prefix = String(about.teacher_key_prefix ?? '');
  for (const part of ['model', 'teacher'] as const) {
    const state = stateDictOf(checkpoint.get(part) as TorchValue | undefined);
    if (state.size === 0) continue;
    const named: StateDict = part === 'model' ? state : new Map([...state].map(([name, record]) => [name.replace(prefix, ''), record]));
    comparison.equal(`${part} shapes`, Object.fromEntries([...named].map(([name, record]) => [name, record.shape])), about.model_keys);
    await compareLogits(comparison, part, named, about, expected);
  }
  return comparison.result(caseFile);
}

/** The head of the checkpoint applied to the stored bag. */
async function compareLogits(comparison: Comparison, part: string, state: StateDict, about: Info, expected: StateDict): Promise<void> {
  const [input, want] = [expected.get('x'), expected.get(`logits_${part}`)];
  if (input === undefined || want === undefined) throw new UnknownCase(`expected.safetensors has no bag or no logits of the ${part}`);
  const { startEngine } = await import('@slidestream/engine-node');
  await startEngine();
  const tf = await import('@tensorflow/tfjs-core');
  const { heads } = await import('@slidestream/mil-heads');
  const { loadStateDict } = await import('@slidestream/tensors');
  const reference = about.options as Readonly<Record<string, unknown>>;
  const spec = heads.get('abmilx');
  const options = spec.fromReferenceOptions?.(reference, new Set(state.keys()));
  if (options === undefined) throw new UnknownCase('abmilx has no reference options');
  const sizes = { inputDim: Number(reference.input_dim), classes: Number(reference.n_classes) };
  const head = spec.build({ sizes, options, random: randomStream(0) });
  try {
    loadStateDict(head, state);
    const logits = tf.tidy(() => {
      const features = tf.tensor(toFloat32(input), [...input.shape] as [number, number, number]);
      return head.forward({ features: features as never }, { training: false, random: randomStream('conform') }).logits;
    });
    comparison.close(`logits_${part}`, await logits.data(), toFloat32(want), LOGITS);
    logits.dispose();
  } finally {
    head.dispose();
  }
}

/** Names of an encoder's weights as the reference maps them when it loads them. */
function renamed(caseFile: CaseFile, checkpoint: ReadonlyMap<TorchValue, TorchValue>, about: Info): CaseResult {
  const state = stateDictOf((checkpoint.get('state_dict') ?? checkpoint.get('model') ?? null) as TorchValue);
  const want = about.encoder_rename as Readonly<Record<string, string | null>>;
  const comparison = new Comparison();
  comparison.equal('names', Object.fromEntries([...state.keys()].map((name) => [name, referenceEncoderName(name)])), want);
  const loaded = renameReferenceEncoder(state);
  comparison.equal(
    'loaded',
    [...loaded.keys()],
    Object.values(want).filter((name) => name !== null),
  );
  return comparison.result(caseFile);
}
