import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorPlace } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';

/**
 * Where a ledger's files lie:
 *
 * - `slides/{key}.{n}.lease`: the n-th attempt at a slide and the worker that has it;
 * - `slides/{key}.{n}.done`, `slides/{key}.{n}.failed`: what came of the n-th attempt;
 * - `workers/{id}.json`: a worker and its heartbeat;
 * - `asked/{hash}.json`: slides that were asked for, in order.
 *
 * No file is changed or removed but a worker's own heartbeat: the next attempt gets the next number, which only one worker can create.
 */
export const LEDGER_FOLDERS = ['slides', 'workers', 'asked'] as const;

/** What the names of a slide's files say. */
export interface SlideFiles {
  /** The latest attempt, from 1; 0 when there is none. */
  attempts: number;
  /** Attempts by what there is of them. */
  readonly done: number[];
  readonly failed: number[];
  readonly leases: number[];
}

/** What came of an attempt, as its file says. */
export interface AttemptRecord {
  readonly slide: string;
  readonly worker: string;
  /** Of a slide that is done: what its recipe keeps of it. */
  readonly detail?: unknown;
  /** Of one that failed. */
  readonly failure?: SlideFailure | undefined;
}

/** Why a slide was left out. */
export interface SlideFailure {
  readonly code: string;
  readonly category: 'data' | 'io';
  readonly message: string;
  readonly where: ErrorPlace;
  /** Hash of what was asked and of the slide's file: the failure stands while it is the same. */
  readonly request: string;
}

/** A slide id as the beginning of a file name; long ones and those with unsafe characters are told apart by a hash. */
export function slideKey(slide: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const plain = !/[\u0000-\u001f/\\:*?"<>|%]/.test(slide) && Buffer.byteLength(slide) <= 160 && slide !== '';
  if (plain) return slide;
  const hash = createHash('sha256').update(slide).digest('hex').slice(0, 20);
  return `${slide.slice(0, 30).replaceAll(/[^\w-]/g, '_')}%${hash}`;
}

/** Path of an attempt's file. */
export function attemptPath(folder: string, slide: string, attempt: number, kind: 'lease' | 'done' | 'failed'): string {
  return join(folder, 'slides', `${slideKey(slide)}.${attempt}.${kind}`);
}

const NONE: SlideFiles = Object.freeze({ attempts: 0, done: [], failed: [], leases: [] });

/** Which attempts there are, of every slide: one look at the folder. @throws SlidestreamError `io/*` */
export async function scanAttempts(folder: string): Promise<(slide: string) => SlideFiles> {
  const path = join(folder, 'slides');
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw ioError(error, path);
  });
  const found = new Map<string, SlideFiles>();
  for (const name of names) {
    const [, key = '', number = '', kind] = /^(.+)\.([1-9]\d{0,8})\.(lease|done|failed)$/s.exec(name) ?? [];
    if (kind === undefined) continue;
    const attempt = Number(number);
    const files = found.get(key) ?? { attempts: 0, done: [], failed: [], leases: [] };
    found.set(key, files);
    files.attempts = Math.max(files.attempts, attempt);
    files[kind === 'lease' ? 'leases' : (kind as 'done' | 'failed')].push(attempt);
  }
  return (slide) => found.get(slideKey(slide)) ?? NONE;
}

/** An attempt's file; `null` where it is absent or, after a power failure, not whole. */
export async function readAttempt(
  folder: string,
  slide: string,
  attempt: number,
  kind: 'lease' | 'done' | 'failed',
): Promise<AttemptRecord | null> {
  const value = await readJson(attemptPath(folder, slide, attempt, kind));
  return isRecord(value) && typeof value.worker === 'string' ? (value as unknown as AttemptRecord) : null;
}

/** Parsed content; `null` where the file is absent or holds no JSON. @throws SlidestreamError `io/*` */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw ioError(error, path);
  }
}

/** Whether a parsed value is an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
