import type { StateDict } from '@slidestream/core';

/** Constants that older checkpoints hold and that are made here. */
const CONSTANTS = /(^|\.)(relative_position_index|attn_mask)$/;

/** Older timm ends a stage with its patch merging, where newer timm begins the next with it: the first stage has one only there. */
const OLD_LAYOUT = /(^|\.)layers\.0\.downsample\./;

/** Weights of a Swin transformer under the names of timm ≥ 0.8, whichever they had: those of CTransPath and CHIEF are older. */
export function currentSwinNames(dict: StateDict): StateDict {
  const old = [...dict.keys()].some((name) => OLD_LAYOUT.test(name));
  const later = (name: string): string =>
    old
      ? name.replace(/(^|\.)layers\.(\d+)\.downsample\./, (_, dot: string, stage) => `${dot}layers.${Number(stage) + 1}.downsample.`)
      : name;
  return new Map([...dict].flatMap(([name, record]) => (CONSTANTS.test(name) ? [] : [[later(name), record] as const])));
}
