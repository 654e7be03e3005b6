import { SlidestreamError } from '@slidestream/core';

/** Where in a pickle the machine is: enough to point at the byte. */
export interface PicklePlace {
  readonly file: string | undefined;
  readonly offset: number;
  readonly opcode: string;
}

/** A typed refusal that names the byte offset and the opcode. */
export function pickleError(code: string, message: string, place: PicklePlace, hint?: string, cause?: unknown): SlidestreamError {
  return new SlidestreamError({
    code: `pickle/${code}`,
    category: 'data',
    message: place.opcode === '' ? message : `${message} (opcode ${place.opcode})`,
    where: { file: place.file, offset: place.offset },
    hint,
    cause,
  });
}

/** What a constructor of the allowlist throws; the machine adds place and opcode. */
export class PickleRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'PickleRefusal';
    this.code = code;
  }
}
