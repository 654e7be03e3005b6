import type { RunConfig } from '@slidestream/config';
import type { Slide } from '@slidestream/slides';
import {
  gridTiles,
  resolveParameters,
  type ScaleLimits,
  type SlideTissue,
  segmentTissue,
  selectTiles,
  type TileGrid,
  type TileScale,
  type TilingParameters,
  tissueMask,
} from '@slidestream/tiling';
import { choosesTiles, type TileChoice } from './tile-choice.js';

/** The segmentation parameters of a configuration. */
export function tilingParametersOf({ tiling }: RunConfig): Promise<TilingParameters> {
  return resolveParameters({ preset: tiling.preset, method: tiling.method, overrides: tiling.parameters as Partial<TilingParameters> });
}

/** A scale of a configuration as tiling takes it. */
export function tileScaleOf({ tileSizePx, stepPx, level, mpp, magnification }: RunConfig['tiling']['scales'][number]): TileScale {
  const at =
    level !== undefined
      ? ({ kind: 'level', level } as const)
      : mpp !== undefined
        ? ({ kind: 'mpp', mpp } as const)
        : ({ kind: 'magnification', magnification: magnification as number } as const);
  return { tileSizePx, stepPx, at };
}

/** Which levels serve the scales of a configuration. */
export function scaleLimitsOf({ tiling }: RunConfig): ScaleLimits {
  return { tolerance: tiling.tolerance };
}

/** Which tiles of the grid a configuration keeps. */
export function tileChoiceOf({ tiling }: RunConfig): TileChoice {
  return { minTissue: tiling.minTissue, reject: tiling.reject };
}

/** Name of the scale that is mixed in by a share, and of the one that gives the rest and is evaluated. */
export function scaleRolesOf(config: RunConfig): { readonly main: string; readonly mixed: string | null } {
  const { stores } = config.data;
  const names = typeof stores === 'object' ? Object.keys(stores) : config.tiling.scales.map(({ name }) => name);
  const mixed = Object.keys(config.sampling.share ?? {})[0] ?? null;
  return { main: names.find((name) => name !== mixed) ?? (names[0] as string), mixed };
}

/** Tissue and main-scale tiles of an open slide, as the run's own preparation found them. */
export async function tilesOfSlide(slide: Slide, config: RunConfig): Promise<{ tissue: SlideTissue; grid: TileGrid }> {
  const tissue = await segmentTissue(slide, await tilingParametersOf(config));
  const { main } = scaleRolesOf(config);
  const scale = config.tiling.scales.find(({ name }) => name === main) ?? config.tiling.scales[0];
  const all = gridTiles(slide, tissue, tileScaleOf(scale as RunConfig['tiling']['scales'][number]), scaleLimitsOf(config));
  const choice = tileChoiceOf(config);
  if (!choosesTiles(choice)) return { tissue, grid: all };
  const { minTissue, reject } = choice;
  const { grid } = await selectTiles(slide, all, { minTissue, reject, mask: await tissueMask(slide, tissue) });
  return { tissue, grid };
}
