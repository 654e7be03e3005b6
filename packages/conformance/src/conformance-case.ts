import type { SlidestreamError } from '@slidestream/core';

/** Kinds of golden vectors, named as the folders that hold them. */
export const caseKinds = ['mil', 'encoders', 'trace', 'transforms', 'numbers', 'files'] as const;

/** One of {@link caseKinds}. */
export type CaseKind = (typeof caseKinds)[number];

/** A row or table inside a JSON file of `numbers/`. */
export interface CaseTable {
  /** Name of the JSON file without `.json`. */
  readonly file: string;
  /** Path of the list or table inside the file, joined with `/`; empty when the file itself is it. */
  readonly key: string;
  /** Place in the list, from 0; `null` for a table that is no list. */
  readonly index: number | null;
  /** The row or table. */
  readonly value: unknown;
  /** The whole parsed file, for rows that need a neighbour. */
  readonly document: unknown;
}

/** One golden vector as found on disk. */
export interface CaseFile {
  /** `mil/NAME`, `numbers/FILE/KEY#n`, `files/KIND/FILE`, …: see vectors/README.md. */
  readonly id: string;
  /** Name of the top folder; one that is not a {@link CaseKind} is reported as unknown. */
  readonly kind: string;
  /** The folder that was walked. */
  readonly root: string;
  /** Absolute path of the case's `.json`, or of the payload (a file or folder) for `files/`. */
  readonly path: string;
  /** Absolute path of the sibling `.safetensors`, where there is one. */
  readonly tensorsPath: string | null;
  /** Only for `numbers/`. */
  readonly table: CaseTable | null;
}

/** What a runner says about one case. */
export interface CaseResult {
  readonly id: string;
  readonly kind: string;
  readonly status: 'pass' | 'fail' | 'unknown';
  /** The error that is largest against its tolerance; `null` where nothing was compared. */
  readonly error: number | null;
  /** The tolerance of that error. */
  readonly tolerance: number | null;
  /** Where the largest error is, or why the case failed or is unknown. */
  readonly detail: string;
}

/** Runs one case; throws {@link UnknownCase} for options it does not know. Any other error makes the case fail. */
export type CaseRunner = (caseFile: CaseFile) => Promise<CaseResult | readonly CaseResult[]>;

/** Thrown by a runner when the case names a head, encoder, option or layout that is not known: reported, never skipped. */
export class UnknownCase extends Error {
  override readonly name = 'UnknownCase';
}

/** Codes of errors that mean "not known here" rather than "wrong result". */
const UNKNOWN_CODES = /^(heads|encoders)\/unknown-(name|option)$/;

/** The result of a case whose runner threw. */
export function resultOfError(caseFile: CaseFile, error: unknown): CaseResult {
  const code = (error as Partial<SlidestreamError> | null)?.code;
  const unknown = error instanceof UnknownCase || (typeof code === 'string' && UNKNOWN_CODES.test(code));
  const detail = error instanceof Error ? error.message : String(error);
  return { id: caseFile.id, kind: caseFile.kind, status: unknown ? 'unknown' : 'fail', error: null, tolerance: null, detail };
}
