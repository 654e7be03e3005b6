import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasEnded, ioError } from '@slidestream/core/node';
import { readWorker, saidEnd, type WorkerRecord } from './heartbeat.js';
import { isRecord, readAttempt, readJson, type SlideFiles, scanAttempts } from './ledger-files.js';

/** How a slide stands. */
export interface SlideStatus {
  readonly slide: string;
  /** `waiting`: nobody has begun; `abandoned`: who had it has ended, the next worker takes it. */
  readonly state: 'done' | 'failed' | 'held' | 'abandoned' | 'waiting';
  readonly attempts: number;
  /** Why it was left out: an error's code and its words. */
  readonly reason: string | null;
  readonly message: string | null;
  /** Who has it. */
  readonly holder: { readonly host: string; readonly pid: number; readonly since: string } | null;
}

/** Slides that were asked for in a ledger, in order. @throws SlidestreamError `io/*` */
export async function askedSlides(folder: string): Promise<{ readonly stage: string; readonly slides: readonly string[] }> {
  const names = await readdir(join(folder, 'asked')).catch((error: unknown) => {
    throw ioError(error, folder);
  });
  const slides = new Set<string>();
  let stage = 'unknown';
  for (const name of names.sort()) {
    const asked = name.endsWith('.json') ? await readJson(join(folder, 'asked', name)) : null;
    if (!isRecord(asked) || !Array.isArray(asked.slides)) continue;
    stage = String(asked.stage);
    for (const slide of asked.slides) slides.add(String(slide));
  }
  return { stage, slides: [...slides] };
}

/**
 * How every slide of a ledger stands. Workers on this machine are asked for; one on another is taken to live until it says that it ended, since a single look
 * shows no heartbeat.
 *
 * @param isDone - slides that are known to be done without a record
 * @throws SlidestreamError `io/*`
 */
export async function ledgerStatus(folder: string, slides: readonly string[], isDone: (slide: string) => boolean): Promise<SlideStatus[]> {
  const view = await scanAttempts(folder);
  const workers = new Map<string, WorkerRecord | null>();
  const status: SlideStatus[] = [];
  for (const slide of slides) {
    const files = view(slide);
    if (files.done.length > 0 || isDone(slide)) status.push(plain(slide, files, 'done'));
    else if (files.failed.includes(files.attempts)) status.push(await failedStatus(folder, slide, files));
    else if (files.attempts === 0) status.push(plain(slide, files, 'waiting'));
    else status.push(await heldStatus(folder, slide, files, workers));
  }
  return status;
}

function plain(slide: string, { attempts }: SlideFiles, state: SlideStatus['state']): SlideStatus {
  return { slide, state, attempts, reason: null, message: null, holder: null };
}

async function failedStatus(folder: string, slide: string, files: SlideFiles): Promise<SlideStatus> {
  const failure = (await readAttempt(folder, slide, files.attempts, 'failed'))?.failure;
  return { ...plain(slide, files, 'failed'), reason: failure?.code ?? null, message: failure?.message ?? null };
}

async function heldStatus(
  folder: string,
  slide: string,
  files: SlideFiles,
  workers: Map<string, WorkerRecord | null>,
): Promise<SlideStatus> {
  const id = (await readAttempt(folder, slide, files.attempts, 'lease'))?.worker;
  if (id === undefined) return plain(slide, files, 'abandoned');
  const worker = workers.get(id) ?? (await readWorker(folder, id));
  workers.set(id, worker);
  if (worker === null) return plain(slide, files, 'abandoned');
  const { host, pid, startedAt: since } = worker;
  const ended = saidEnd(worker) || hasEnded(worker);
  return { ...plain(slide, files, ended ? 'abandoned' : 'held'), holder: { host, pid, since } };
}
