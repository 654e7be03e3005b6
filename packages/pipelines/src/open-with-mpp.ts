import { type OpenSlideOptions, openSlide, type Slide } from '@slidestream/slides';

/** How {@link openWithMpp} opens a slide. */
export interface OpenWithMppOptions extends Pick<OpenSlideOptions, 'missingTiles'> {
  /** µm/px of level 0 for a slide that does not say; what a slide says of itself stands. */
  readonly mppIfUnknown?: number | undefined;
}

/** Opens a slide, which the caller closes. @throws SlidestreamError `slide/*` */
export async function openWithMpp(path: string, { mppIfUnknown, missingTiles }: OpenWithMppOptions = {}): Promise<Slide> {
  const slide = await openSlide(path, { missingTiles });
  if (slide.info.mpp !== null || mppIfUnknown === undefined) return slide;
  await slide.close();
  return openSlide(path, { missingTiles, mpp: mppIfUnknown });
}
