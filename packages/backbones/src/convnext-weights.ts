import type { StateDict, TensorRecord } from '@slidestream/core';

type Rename = (name: string) => string;

/** torchvision's `features.N`: the stem, then stages and the halvings before them in turns. */
const PARTS: Readonly<Record<string, string>> = { '0': 'conv_dw', '2': 'norm', '3': 'mlp.fc1', '5': 'mlp.fc2' };

const torchvision: Rename = (name) =>
  name
    .replace(/(^|\.)features\.0\.([01])\./, '$1stem.$2.')
    .replace(/(^|\.)features\.(\d+)\.(\d+)\.block\.([0235])\./, (_, dot: string, stage, block: string, part: string) => {
      return `${dot}stages.${(Number(stage) - 1) / 2}.blocks.${block}.${PARTS[part] as string}.`;
    })
    .replace(/(^|\.)features\.(\d+)\.(\d+)\.layer_scale$/, (_, dot: string, stage, block: string) => {
      return `${dot}stages.${(Number(stage) - 1) / 2}.blocks.${block}.gamma`;
    })
    .replace(/(^|\.)features\.([246])\.([01])\./, (_, dot: string, stage, part: string) => {
      return `${dot}stages.${Number(stage) / 2}.downsample.${part}.`;
    })
    .replace(/(^|\.)classifier\.0\./, '$1head.norm.');

const firstRelease: Rename = (name) =>
  name
    .replace(/(^|\.)downsample_layers\.0\.([01])\./, '$1stem.$2.')
    .replace(/(^|\.)downsample_layers\.([123])\.([01])\./, '$1stages.$2.downsample.$3.')
    .replace(/(^|\.)stages\.(\d+)\.(\d+)\./, '$1stages.$2.blocks.$3.')
    .replace(/\.dwconv\./, '.conv_dw.')
    .replace(/\.pwconv([12])\./, '.mlp.fc$1.')
    .replace(/(^|\.)norm\.(weight|bias)$/, (whole, dot: string, kind: string, at: number, text: string) =>
      text.slice(0, at).includes('stages.') ? whole : `${dot}head.norm.${kind}`,
    );

/** Weights of a ConvNeXt under timm's names, whether timm's, torchvision's or the first release's. */
export function currentConvNeXtNames(dict: StateDict): StateDict {
  const has = (pattern: RegExp): boolean => [...dict.keys()].some((name) => pattern.test(name));
  const rename = has(/(^|\.)features\.0\.0\./) ? torchvision : has(/(^|\.)downsample_layers\.0\./) ? firstRelease : undefined;
  if (rename === undefined) return dict;
  const flat = (name: string, record: TensorRecord): TensorRecord =>
    name.endsWith('.gamma') ? { ...record, shape: [record.shape[0] as number] } : record;
  return new Map([...dict].map(([name, record]) => [rename(name), flat(rename(name), record)]));
}
