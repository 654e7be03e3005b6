import { type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';

/** What decides how weights of other releases are read. */
interface VitLayout {
  readonly classToken?: boolean | undefined;
  readonly positionsForAll?: boolean | undefined;
}

/** Learned for training only, or a classifier's. */
const UNUSED = /(^|\.)mask_token$/;

/** torchvision's names of a block's parts, with those of its first releases (`mlp.linear_1`), as timm's. */
const TORCHVISION: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)conv_proj\./, '$1patch_embed.proj.'],
  [/(^|\.)class_token$/, '$1cls_token'],
  [/(^|\.)encoder\.pos_embedding$/, '$1pos_embed'],
  [/(^|\.)encoder\.layers\.encoder_layer_(\d+)\./, '$1blocks.$2.'],
  [/(^|\.)encoder\.ln\./, '$1norm.'],
  [/\.ln_([12])\./, '.norm$1.'],
  [/\.self_attention\.in_proj_(weight|bias)$/, '.attn.qkv.$1'],
  [/\.self_attention\.out_proj\./, '.attn.proj.'],
  [/\.mlp\.(?:0|linear_1)\./, '.mlp.fc1.'],
  [/\.mlp\.(?:3|linear_2)\./, '.mlp.fc2.'],
];

/** DINOv2's own release: timm's names but for these. */
const DINO: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)register_tokens$/, '$1reg_token'],
  [/\.mlp\.w12\./, '.mlp.fc1.'],
  [/\.mlp\.w3\./, '.mlp.fc2.'],
];

/**
 * Weights of a vision transformer under timm's names, whether timm's, torchvision's or DINOv2's own. Where only patches have position
 * vectors, the one of the class token in DINOv2's files is added to the class token, as timm does.
 */
export function currentVitNames(dict: StateDict, layout: VitLayout): StateDict {
  const torchvision = [...dict.keys()].some((name) => /(^|\.)encoder\.layers\.encoder_layer_0\./.test(name));
  const rules = torchvision ? TORCHVISION : DINO;
  const renamed = new Map<string, TensorRecord>();
  for (const [name, record] of dict) {
    if (UNUSED.test(name)) continue;
    renamed.set(
      rules.reduce((text, [pattern, by]) => text.replace(pattern, by), name),
      record,
    );
  }
  if (layout.positionsForAll === false && layout.classToken !== false) moveClassPosition(renamed);
  return renamed;
}

function moveClassPosition(dict: Map<string, TensorRecord>): void {
  const [name, positions] = [...dict].find(([key]) => /(^|\.)pos_embed$/.test(key)) ?? [];
  if (name === undefined || positions === undefined || positions.shape.length !== 3) return;
  const tokenName = name.replace(/pos_embed$/, 'cls_token');
  const token = dict.get(tokenName);
  const [, places, width] = positions.shape as [number, number, number];
  // a square number of places is the patches alone; one more is the class token's
  if (token === undefined || Number.isInteger(Math.sqrt(places)) || !Number.isInteger(Math.sqrt(places - 1))) return;
  const all = toFloat32(positions);
  const own = toFloat32(token);
  dict.set(tokenName, { dtype: 'float32', shape: [1, 1, width], data: Float32Array.from(own, (value, i) => value + (all[i] as number)) });
  dict.set(name, { dtype: 'float32', shape: [1, places - 1, width], data: all.slice(width) });
}
