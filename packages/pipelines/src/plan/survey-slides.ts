import type { RunConfig } from '@slidestream/config';
import type { SlideFile } from '@slidestream/slides';
import { attempt, collectFailures, type ItemFailure, mapConcurrent, progress } from '@slidestream/streams';
import { gridTiles } from '@slidestream/tiling';
import { lastValueFrom, toArray } from 'rxjs';
import { openWithMpp } from '../open-with-mpp.js';
import type { RecipeContext } from '../recipe-context.js';
import { tileScaleOf, tilingParametersOf } from '../tiling-settings.js';

/** Slides opened at a time: only their headers are read. */
const CONCURRENCY = 8;

/** A slide that can be opened and tiled at every scale of the configuration. */
export interface SurveyedSlide {
  readonly file: SlideFile;
  /** Level-0 pixels. */
  readonly pixels: number;
}

/** Every slide looked at once. */
export interface Survey {
  readonly readable: readonly SurveyedSlide[];
  readonly failures: readonly ItemFailure<SlideFile>[];
}

/** Opens every slide and checks that its scale is known where the configuration needs it; reads no pixels. */
export async function surveySlides(files: readonly SlideFile[], config: RunConfig, context: RecipeContext): Promise<Survey> {
  const failures: ItemFailure<SlideFile>[] = [];
  const parameters = await tilingParametersOf(config);
  const scales = config.tiling.scales.map(tileScaleOf);
  const look = async (file: SlideFile): Promise<SurveyedSlide> => {
    await using slide = await openWithMpp(file.path, { mppIfUnknown: config.data.mpp });
    // A grid over no tissue refuses what a grid over tissue would.
    for (const scale of scales) gridTiles(slide, { contours: [], segmentationLevel: 0, parameters }, scale);
    return { file, pixels: slide.info.width * slide.info.height };
  };
  const readable$ = mapConcurrent(attempt(look), { concurrency: CONCURRENCY, signal: context.signal })(files).pipe(
    collectFailures<SurveyedSlide, SlideFile>({ upTo: Number.POSITIVE_INFINITY, into: failures }),
    progress({ unit: 'slides', onProgress: context.onProgress, total: files.length, current: ({ file }) => file.id }),
    toArray(),
  );
  return { readable: await lastValueFrom(readable$), failures };
}
