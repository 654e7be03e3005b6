import { type ErrorCategory, isSlidestreamError } from '@slidestream/core';

/** What the command line's exit codes mean. */
export const exitCodes = {
  done: 0,
  internal: 1,
  usage: 2,
  /** Done, but some slides were left out. */
  partial: 3,
  data: 65,
  io: 74,
  /** Stopped on request, can be resumed. */
  stopped: 75,
  /** Stopped at once by a second signal. */
  interrupted: 130,
} as const;

const BY_CATEGORY: Readonly<Record<ErrorCategory, number>> = {
  usage: exitCodes.usage,
  data: exitCodes.data,
  io: exitCodes.io,
  stopped: exitCodes.stopped,
  internal: exitCodes.internal,
};

/** The exit code of an error: by its category, or as a defect of this program. */
export function exitCodeOf(error: unknown): number {
  return isSlidestreamError(error) ? BY_CATEGORY[error.category] : exitCodes.internal;
}
