import type { StateDict, TensorRecord } from '@slidestream/core';

/** Left out by the reference when it loads an encoder. */
const DROPPED = 'model.layer3.1.bn2.num_batches_tracked';

/**
 * An encoder's name in the reference's checkpoints as the encoder itself calls it (SPEC §9): `module.encoder.model.conv1.weight` → `model.conv1.weight`;
 * `null` for the one that the reference drops.
 */
export function referenceEncoderName(name: string): string | null {
  if (name.includes(DROPPED)) return null;
  if (name.includes('encoder.')) return name.replaceAll('encoder.', '').replaceAll('module.', '');
  return name.includes('resnet.') ? name.replaceAll('resnet.', '') : name;
}

/** A state dict under the encoder's own names. Where two names fall together the later one stays, as in the reference. */
export function renameReferenceEncoder(state: StateDict): StateDict {
  const renamed = new Map<string, TensorRecord>();
  for (const [name, record] of state) {
    const own = referenceEncoderName(name);
    if (own !== null) renamed.set(own, record);
  }
  return renamed;
}
