import type { SlideTissue } from '@slidestream/tiling';

/** What to try on a slide where no tissue was found; `undefined` where there is some. */
export function tissueHint({ contours, parameters, largestPiece = 0 }: SlideTissue): string | undefined {
  if (contours.length > 0) return undefined;
  if (parameters.keep_ids.length > 0 || parameters.exclude_ids.length > 0) return 'keep_ids or exclude_ids leave no piece of tissue';
  if (largestPiece > 0 && largestPiece <= parameters.a_t) {
    const size = Number(largestPiece.toPrecision(2));
    return `the largest piece measures ${size} of the ${parameters.a_t} squares of 512 px that a_t asks for: try --preset bwh_biopsy or a smaller --a-t`;
  }
  return 'nothing stands out from the glass: try --method brightness or --method entropy, or a smaller --sthresh';
}
