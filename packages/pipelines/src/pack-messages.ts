import { deserialize, serialize } from 'node:v8';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import type { Portion, PortionRequest } from './pack-portion.js';

/** What a worker process is told to do. */
export interface WorkerTask {
  readonly id: number;
  readonly request: PortionRequest;
}

/** What a worker process says: that it is there, or what a task came to. */
export type WorkerReply =
  | { readonly id: 'ready' }
  | { readonly id: number; readonly portion: Portion }
  | { readonly id: number; readonly failure: FailureParts };

type FailureParts = Pick<SlidestreamError, 'code' | 'category' | 'what' | 'where' | 'hint'>;

/** Descriptor in a worker of the pipe that its replies take: what goes through Node's channel of messages is copied four times. */
export const REPLY_PIPE = 4;

/** Length of what is said, and of the bytes behind it. */
const HEAD_BYTES = 8;
const NO_BYTES = new Uint8Array(0);

/** A reply as it goes through the pipe: two lengths, what is said, then the portion's bytes as they are. */
export function writeReply(reply: WorkerReply): readonly Uint8Array[] {
  const bytes = 'portion' in reply ? reply.portion.bytes : NO_BYTES;
  const said = serialize('portion' in reply ? { ...reply, portion: { ...reply.portion, bytes: NO_BYTES } } : reply);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(said.length, 0);
  head.writeUInt32LE(bytes.length, 4);
  return [head, said, bytes];
}

/** Puts replies together from the pieces that come out of a pipe. */
export function createReplyReader(onReply: (reply: WorkerReply) => void): (piece: Uint8Array) => void {
  let part: 'head' | 'said' | 'bytes' = 'head';
  let memory = new Uint8Array(HEAD_BYTES);
  let filled = 0;
  let lengths: readonly [said: number, bytes: number] = [0, 0];
  let said: WorkerReply = { id: 'ready' };
  const begin = (next: typeof part, length: number): void => {
    part = next;
    memory = new Uint8Array(length);
    filled = 0;
  };
  const partIsThere = (): void => {
    if (part === 'head') {
      const view = new DataView(memory.buffer);
      lengths = [view.getUint32(0, true), view.getUint32(4, true)];
      begin('said', lengths[0]);
    } else if (part === 'said') {
      said = deserialize(memory) as WorkerReply;
      begin('bytes', lengths[1]);
    } else {
      const bytes = memory;
      begin('head', HEAD_BYTES);
      onReply('portion' in said ? { id: said.id, portion: { ...said.portion, bytes } } : said);
    }
  };
  return (piece) => {
    let at = 0;
    while (true) {
      const count = Math.min(memory.length - filled, piece.length - at);
      memory.set(piece.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled < memory.length) return;
      partIsThere();
    }
  };
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
