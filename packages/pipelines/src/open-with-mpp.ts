import { type OpenSlideOptions, openSlide, type Slide } from '@slidestream/slides';

/** How {@link openWithMpp} opens a slide. */
export interface OpenWithMppOptions extends Pick<OpenSlideOptions, 'missingTiles' | 'reader'> {
  /** µm/px of level 0 for a slide that does not say; what a slide says of itself stands. */
  readonly mppIfUnknown?: number | undefined;
  /** µm/px of level 0 that stands above what the slide says. */
  readonly mpp?: number | undefined;
}

/** Opens a slide, which the caller closes. @throws SlidestreamError `slide/*` */
export async function openWithMpp(path: string, options: OpenWithMppOptions = {}): Promise<Slide> {
  const { mppIfUnknown, ...how } = options;
  const slide = await openSlide(path, how);
  if (slide.info.mpp !== null || mppIfUnknown === undefined) return slide;
  await slide.close();
  return openSlide(path, { ...how, mpp: mppIfUnknown });
}
