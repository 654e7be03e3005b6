import type { TilingParameters, TissueMethod } from './types.js';

/** A way to tell tissue from glass as users name it. */
export type TissueMethodName = TissueMethod | 'otsu';

/**
 * What each method sets unless the caller sets it: `saturation` is CLAM's way and sets nothing; `otsu` is saturation above Otsu's threshold;
 * `brightness` takes what is 15 grey levels darker than the glass, for IHC and pale stains that have little colour; `entropy` takes what
 * has 2.5 bits of structure, for sections that are hardly stained at all.
 */
export const methodParameters: Readonly<Record<TissueMethodName, Partial<TilingParameters>>> = Object.freeze({
  saturation: {},
  otsu: { use_otsu: true },
  brightness: { method: 'brightness', sthresh: 15 },
  entropy: { method: 'entropy', sthresh: 80 },
});

/** Names of the methods. */
export const tissueMethods: readonly TissueMethodName[] = Object.freeze(['saturation', 'otsu', 'brightness', 'entropy'] as const);

/** Whether a text names a method. */
export function isTissueMethod(name: string): name is TissueMethodName {
  return (tissueMethods as readonly string[]).includes(name);
}
