import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import type { Portion, PortionRequest } from './pack-portion.js';

/** What a worker process is told to do. */
export interface WorkerTask {
  readonly id: number;
  readonly request: PortionRequest;
  /** Descriptor in the worker of the file that the records go into. */
  readonly file: number;
}

/** What a worker process says: that it is there, or what a task came to. */
export type WorkerReply =
  | { readonly id: 'ready' }
  | { readonly id: number; readonly portion: Portion; readonly bytesInFile: number }
  | { readonly id: number; readonly failure: FailureParts };

type FailureParts = Pick<SlidestreamError, 'code' | 'category' | 'what' | 'where' | 'hint'>;

/** An error as plain data. */
export function failureReply(id: number, error: unknown): WorkerReply {
  if (!isSlidestreamError(error)) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { id, failure: { code: 'pack/worker', category: 'internal', what, where: {}, hint: undefined } };
  }
  const { code, category, what, where, hint } = error;
  return { id, failure: { code, category, what, where, hint } };
}

/** The error that an answer tells of. */
export function errorOf({ what, ...parts }: FailureParts): SlidestreamError {
  return new SlidestreamError({ ...parts, message: what });
}
