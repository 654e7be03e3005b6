/** What kind of trouble an error is; the command line turns it into its exit code. */
export type ErrorCategory =
  /** Wrong command line or configuration: exit 2. */
  | 'usage'
  /** Input that cannot be used as it is: exit 65. */
  | 'data'
  /** The file system or network failed, a full disk included: exit 74. */
  | 'io'
  /** Stopped on request, can be resumed: exit 75. */
  | 'stopped'
  /** A defect of this program: exit 1. */
  | 'internal';

/** Where the trouble is: every field that is known, no field that is guessed. */
export interface ErrorPlace {
  readonly file?: string | undefined;
  /** Byte offset in `file`. */
  readonly offset?: number | undefined;
  /** 1-based line and column in `file`. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** Path of a key inside a configuration, `train.epochs`. */
  readonly key?: string | undefined;
  readonly slide?: string | undefined;
  readonly level?: number | undefined;
  /** Level-0 pixels. */
  readonly x?: number | undefined;
  readonly y?: number | undefined;
}

/** The parts from which a {@link SlidestreamError} is made. */
export interface ErrorParts {
  /** Stable machine-readable name, `area/what-happened`. */
  readonly code: string;
  readonly category: ErrorCategory;
  /** What went wrong and why, one sentence without a full stop. */
  readonly message: string;
  readonly where?: ErrorPlace | undefined;
  /** What the reader can do about it. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

const BRAND = Symbol.for('@slidestream/error');

/**
 * The one error type that leaves a Slidestream package: says what, where, why and what to do next.
 *
 * @example
 * ```ts
 * try { await openSlide('a.svs'); } catch (error) {
 *   if (isSlidestreamError(error, 'slide/unsupported-compression')) console.error(error.where?.file);
 * }
 * ```
 */
export class SlidestreamError extends Error {
  readonly code: string;
  readonly category: ErrorCategory;
  readonly where: ErrorPlace;
  readonly hint: string | undefined;
  /** The message without place and hint. */
  readonly what: string;

  constructor(parts: ErrorParts) {
    const place = describePlace(parts.where ?? {});
    const head = place === '' ? parts.message : `${place}: ${parts.message}`;
    super(parts.hint === undefined ? head : `${head}. ${parts.hint}`, parts.cause === undefined ? {} : { cause: parts.cause });
    this.name = 'SlidestreamError';
    this.code = parts.code;
    this.category = parts.category;
    this.where = parts.where ?? {};
    this.hint = parts.hint;
    this.what = parts.message;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Whether `error` came from a Slidestream package, and, when given, carries one of `codes`.
 * Works across copies of this package in one process.
 */
export function isSlidestreamError(error: unknown, ...codes: readonly string[]): error is SlidestreamError {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
  return codes.length === 0 || codes.includes((error as unknown as SlidestreamError).code);
}

/** `file:line:column`, `file at byte 12`, `slide X level 1 (x 0, y 256)`: whatever is known of `place`, in one phrase. */
export function describePlace(place: ErrorPlace): string {
  const parts: string[] = [];
  if (place.slide !== undefined) parts.push(`slide ${place.slide}`);
  if (place.file !== undefined) {
    const position = place.line === undefined ? '' : `:${place.line}${place.column === undefined ? '' : `:${place.column}`}`;
    parts.push(`${place.file}${position}`);
  }
  if (place.offset !== undefined) parts.push(`at byte ${place.offset}`);
  if (place.key !== undefined) parts.push(place.key);
  if (place.level !== undefined) parts.push(`level ${place.level}`);
  if (place.x !== undefined && place.y !== undefined) parts.push(`(x ${place.x}, y ${place.y})`);
  return parts.join(' ');
}
