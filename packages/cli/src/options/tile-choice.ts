import { SlidestreamError } from '@slidestream/core';
import type { TileChoice } from '@slidestream/pipelines';
import type { ScaleLimits, TileDefect } from '@slidestream/tiling';
import { type Command, Option } from 'commander';
import { numberOption } from './numbers.js';

/** Options that say which levels serve a scale, and which tiles are kept. */
export interface TileChoiceOptions {
  readonly allowCoarse?: true;
  readonly allowUpsampling?: true;
  readonly tolerance?: number;
  readonly nativeOnly?: true;
  readonly minTissue?: number;
  readonly reject?: readonly TileDefect[];
  readonly annotations?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** Adds the options. */
export function addTileChoice(command: Command): void {
  const share = numberOption({ atLeast: 0, atMost: 1 });
  const defects = ['missing', 'blank', 'pen', 'blur'];
  command
    .option('--tolerance <share>', 'a level this near to the asked scale is read as it is (default: 0.02; 0 resamples)', share)
    .option('--native-only', 'leave out slides without a level that near, instead of resampling')
    .option('--allow-coarse', 'take scales above 20 µm/px')
    .option('--allow-upsampling', 'enlarge where a slide is coarser than asked')
    .option('--min-tissue <share>', 'least share of a tile that is tissue, 0 to 1', share)
    .addOption(
      new Option('--reject <defect...>', 'leave out tiles that are not whole in the file, blank, have pen marks, or are blurred').choices(
        defects,
      ),
    )
    .option('--annotations <file|dir>', 'GeoJSON as QuPath writes it; in a folder {slide}.geojson')
    .option('--include <class...>', 'only tiles in annotations of these classes')
    .option('--exclude <class...>', 'no tiles in annotations of these classes');
}

/** Which levels serve a scale. */
export function tileLimits({ allowCoarse, allowUpsampling, tolerance, nativeOnly }: TileChoiceOptions): ScaleLimits {
  return { allowCoarse, allowUpsampling, tolerance, nativeOnly };
}

/** Which tiles are kept. @throws SlidestreamError `cli/usage` for annotations without classes or the other way round */
export function tileChoice({ minTissue, reject, annotations, include, exclude }: TileChoiceOptions): TileChoice {
  const classes = include !== undefined || exclude !== undefined;
  if (annotations === undefined && classes) throw usage('--include and --exclude need --annotations');
  if (annotations !== undefined && !classes) throw usage('say what to do with the annotations: --include CLASS or --exclude CLASS');
  return { minTissue, reject, annotations: annotations === undefined ? undefined : { path: annotations, include, exclude } };
}

function usage(message: string): SlidestreamError {
  return new SlidestreamError({ code: 'cli/usage', category: 'usage', message });
}
