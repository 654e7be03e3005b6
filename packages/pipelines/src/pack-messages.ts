import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import type { Portion, PortionRequest, SlideFacts } from './pack-portion.js';

/** What a worker process is told to do. */
export interface WorkerTask {
  readonly id: number;
  readonly request: PortionRequest;
}

/** What a worker process says: that it is there, or what a task came to. */
export type WorkerReply =
  | { readonly id: 'ready' }
  | { readonly id: number; readonly bytes: Uint8Array; readonly lengths: Uint32Array; readonly facts: SlideFacts | null }
  | { readonly id: number; readonly failure: FailureParts };

type FailureParts = Pick<SlidestreamError, 'code' | 'category' | 'what' | 'where' | 'hint'>;

/** The answer to a task: all tiles in one piece, since many small ones cost more than their bytes. */
export function portionReply(id: number, { jpegs, facts }: Portion): WorkerReply {
  return { id, bytes: Buffer.concat(jpegs), lengths: Uint32Array.from(jpegs, (jpeg) => jpeg.length), facts };
}

/** The portion of an answer, its tiles views of one piece of memory. */
export function portionOf({ bytes, lengths, facts }: Extract<WorkerReply, { bytes: Uint8Array }>): Portion {
  let at = 0;
  const jpegs = Array.from(lengths, (length) => {
    at += length;
    return bytes.subarray(at - length, at);
  });
  return { jpegs, facts };
}

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
