declare const unit: unique symbol;

/** A number that cannot be mistaken for another kind of number. */
export type Unit<Name extends string> = number & { readonly [unit]: Name };

/** Micrometres per pixel. */
export type Mpp = Unit<'µm/px'>;

/** Micrometres per pixel along both axes. */
export interface PixelSize {
  readonly x: number;
  readonly y: number;
}

/** Marks a positive finite number as micrometres per pixel. @throws RangeError for any other number */
export function mpp(value: number): Mpp {
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`mpp must be a positive number of µm/px, got ${value}`);
  return value as Mpp;
}
