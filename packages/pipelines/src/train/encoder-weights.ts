import type { Encoder } from '@slidestream/backbones';
import { SlidestreamError, type StateDict } from '@slidestream/core';
import { readStateDict } from '@slidestream/formats';
import { type LoadReport, loadStateDict } from '@slidestream/tensors';

/** Parts of a classifier that an encoder has no use for: its last layer, and stages behind the one whose features are taken. */
const UNUSED = /^(model\.)?(_?fc|classifier|head|layer4)\./;

/**
 * Names of a checkpoint as the encoder's own: a whole model gives its `encoder.*`, data-parallel `module.` and `resnet.` prefixes go, and timm's
 * bare names get the encoder's `model.`. The reference drops `resnet.` and then loads nothing, silently (SPEC §17.61); here it becomes `model.`.
 */
function encoderNames(dict: StateDict, own: Iterable<string>): StateDict {
  const entries = [...dict];
  const whole = entries.some(([name]) => name.includes('encoder.'));
  const renamed = entries
    .filter(([name]) => !whole || name.includes('encoder.'))
    .map(([name, record]) => [name.replaceAll('encoder.', '').replaceAll('module.', '').replaceAll('resnet.', 'model.'), record] as const);
  const wanted = new Set(own);
  const bare = renamed.every(([name]) => !wanted.has(name));
  return new Map(renamed.map(([name, record]) => [bare && wanted.has(`model.${name}`) ? `model.${name}` : name, record]));
}

/**
 * Loads the weights in `path` into an encoder, by name. Counters of batches may be missing, a classifier's last layer may be left over.
 *
 * @throws SlidestreamError `tensors/state-dict-mismatch` naming what is missing or left over
 */
export async function loadEncoderWeights(encoder: Encoder, path: string): Promise<LoadReport> {
  const dict = encoderNames(await readStateDict(path), encoder.named().keys());
  const report = loadStateDict(encoder, dict, { strict: false });
  const missing = report.missing.filter((name) => !name.endsWith('num_batches_tracked'));
  const unexpected = report.unexpected.filter((name) => !UNUSED.test(name));
  if (missing.length + unexpected.length === 0) return report;
  throw new SlidestreamError({
    code: 'tensors/state-dict-mismatch',
    category: 'data',
    message: `the weights are not those of ${encoder.spec.name}: missing ${some(missing)}; not expected ${some(unexpected)}`,
    where: { file: path },
    hint: 'Check encoder.name, or look at the file with `slidestream weights inspect`',
  });
}

function some(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  return `${names.slice(0, 6).join(', ')}${names.length > 6 ? `, … (${names.length})` : ''}`;
}
