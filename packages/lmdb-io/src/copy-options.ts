/** What the operations that move many slides have in common. */
export interface CopyOptions {
  /** Called after each slide. */
  readonly onSlide?: ((slide: string, slidesDone: number, slidesTotal: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How much was moved. */
export interface CopyReport {
  readonly slides: number;
  readonly tiles: number;
  /** Slides that the target had already. */
  readonly kept: number;
}
