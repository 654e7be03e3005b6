import type { Slide } from '@slidestream/slides';
import { gridTiles, resolveParameters, type SlideTissue, segmentTissue, type TileGrid, type TileScale, type TilingParameters } from '@slidestream/tiling';
import type { RunConfig } from './run-config.js';

/** The segmentation parameters of a configuration. */
export function tilingParametersOf({ tiling }: RunConfig): Promise<TilingParameters> {
  return resolveParameters({ preset: tiling.preset, overrides: tiling.parameters as Partial<TilingParameters> });
}

/** The scales of a configuration by name. */
export function tileScalesOf({ tiling }: RunConfig): Map<string, TileScale> {
  return new Map(
    Object.entries(tiling.scales).map(([name, { tileSizePx, stepPx, level, mpp, magnification }]) => {
      const at =
        level !== undefined
          ? ({ kind: 'level', level } as const)
          : mpp !== undefined
            ? ({ kind: 'mpp', mpp } as const)
            : ({ kind: 'magnification', magnification: magnification as number } as const);
      return [name, { tileSizePx, stepPx, at }];
    }),
  );
}

/** Name of the scale that is evaluated: `high`, or the only one. */
export function highScaleOf(config: RunConfig): string {
  const names = Object.keys(config.tiling.scales);
  return names.includes('high') ? 'high' : (names[0] as string);
}

/** Tissue and high-scale tiles of an open slide, as the run's own preparation found them. */
export async function tilesOfSlide(slide: Slide, config: RunConfig): Promise<{ tissue: SlideTissue; grid: TileGrid }> {
  const tissue = await segmentTissue(slide, await tilingParametersOf(config));
  const scale = tileScalesOf(config).get(highScaleOf(config)) as TileScale;
  return { tissue, grid: gridTiles(slide, tissue, scale) };
}
