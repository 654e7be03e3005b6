import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger, SlidestreamError } from '@slidestream/core';
import { createExclusive, ioError, type ProcessIdentity, removeUnfinished } from '@slidestream/core/node';
import { stoppedError } from '@slidestream/streams';
import { type Heartbeat, type LeaseTimes, startHeartbeat } from './heartbeat.js';
import {
  type AttemptRecord,
  attemptPath,
  LEDGER_FOLDERS,
  readAttempt,
  type SlideFailure,
  type SlideFiles,
  scanAttempts,
} from './ledger-files.js';
import { inShard, type Shard } from './shard.js';
import { type WatchedWorker, watchWorkers } from './worker-watch.js';

/** What is worked on; the name of a ledger's `asked` records. */
type LedgerStage = 'tile' | 'pack' | 'embed' | 'merge';

/** How workers share slides. */
export interface SharingOptions extends LeaseTimes {
  /** Only the slides of this part. */
  readonly shard?: Shard | undefined;
  /** Only slides that failed before; they are tried again. Otherwise a failure stands while request and file are the same. */
  readonly retryFailed?: boolean | undefined;
}

/** What {@link openLedger} is asked for. */
export interface LedgerOptions<D> {
  /** Folder of the ledger; made when it is not there. */
  readonly folder: string;
  readonly stage: LedgerStage;
  /** All slides that were asked for, in order. Workers that share a folder are asked for the same. */
  readonly slides: readonly string[];
  readonly sharing?: SharingOptions | undefined;
  /** What there is of a slide that is complete; `null` when it has to be done. Files decide, not records. */
  readonly complete: (slide: string) => Promise<D | null>;
  /** Files that the work on a slide writes: what a worker that was killed left beside them is removed when the slide is taken again. */
  readonly outputs?: ((slide: string) => readonly string[]) | undefined;
  /** What a failure depends on: options and the slide's file. */
  readonly request: (slide: string) => Promise<string>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A slide as it is handed out. */
export interface SlideTask<D> {
  readonly slide: string;
  /** Number of the attempt; 0 when there is nothing to do. */
  readonly attempt: number;
  /** What is there of the slide already, or why it was left out; `null` when it is to be done. */
  readonly found: { readonly detail: D } | { readonly failure: SlideFailure } | null;
}

/** Slides that many workers on many machines share by way of a folder: each is handed to one of them, and taken over when that one is gone. */
export interface SlideLedger<D> {
  /** Slides of this worker's part as they become free; ends when every one is settled, whoever did it. */
  tasks(): AsyncGenerator<SlideTask<D>, void, undefined>;
  /** Whether no other worker took the slide over meanwhile. */
  holds(task: SlideTask<D>): Promise<boolean>;
  done(task: SlideTask<D>, detail: D): Promise<void>;
  failed(task: SlideTask<D>, error: SlidestreamError): Promise<void>;
  /** Slides of this worker's part without leases, for a recipe whose output has one writer anyway; what is complete is not asked. */
  alone(): Promise<SlideTask<D>[]>;
  /** What is recorded of each slide, and whether its failure stands. */
  records(): Promise<ReadonlyMap<string, AttemptRecord>>;
  /** Whether a process is known to have ended, by what was seen of workers here. */
  isGone(process: ProcessIdentity): boolean;
  close(): Promise<void>;
}

/** The ledger's folder inside a folder that workers share. */
export const WORK_FOLDER = '.work';

const TIMES = { beatMs: 10_000, staleMs: 60_000 } as const;

/** Opens or begins the ledger in a folder. @throws SlidestreamError `io/*` */
export async function openLedger<D>(options: LedgerOptions<D>): Promise<SlideLedger<D>> {
  const { folder, slides, stage } = options;
  for (const name of LEDGER_FOLDERS) {
    await mkdir(join(folder, name), { recursive: true }).catch((error: unknown) => {
      throw ioError(error, folder);
    });
  }
  const asked = JSON.stringify({ format: 1, stage, slides });
  const hash = createHash('sha256').update(asked).digest('hex').slice(0, 16);
  createExclusive(join(folder, 'asked', `${hash}.json`), asked);
  return new FolderLedger(options, await scanAttempts(folder));
}

class FolderLedger<D> implements SlideLedger<D> {
  readonly #options: LedgerOptions<D>;
  readonly #folder: string;
  readonly #atStart: (slide: string) => SlideFiles;
  readonly #watch: ReturnType<typeof watchWorkers>;
  readonly #times: { readonly beatMs: number; readonly staleMs: number };
  readonly #records = new Map<string, AttemptRecord>();
  #heart: Heartbeat | undefined;

  constructor(options: LedgerOptions<D>, atStart: (slide: string) => SlideFiles) {
    const { beatMs = TIMES.beatMs, staleMs = TIMES.staleMs } = options.sharing ?? {};
    this.#options = options;
    this.#folder = options.folder;
    this.#atStart = atStart;
    this.#times = { beatMs, staleMs };
    this.#watch = watchWorkers(options.folder, staleMs);
  }

  async *tasks(): AsyncGenerator<SlideTask<D>, void, undefined> {
    const { signal } = this.#options;
    let view = this.#atStart;
    let open = this.#part();
    while (open.length > 0) {
      const held: string[] = [];
      for (const slide of open) {
        if (signal.aborted) throw stoppedError(signal.reason);
        const task = await this.#take(slide, view(slide));
        if (task === null) held.push(slide);
        else yield task;
      }
      if (held.length === open.length) await pause(Math.min(this.#times.beatMs, 2_000), signal);
      open = held;
      view = await scanAttempts(this.#folder);
    }
  }

  async holds({ slide, attempt }: SlideTask<D>): Promise<boolean> {
    return !existsSync(attemptPath(this.#folder, slide, attempt + 1, 'lease'));
  }

  async done({ slide, attempt }: SlideTask<D>, detail: D): Promise<void> {
    this.#write({ slide, worker: this.#worker().id, detail }, attempt, 'done');
  }

  async failed({ slide, attempt }: SlideTask<D>, error: SlidestreamError): Promise<void> {
    const failure: SlideFailure = {
      code: error.code,
      category: error.category === 'io' ? 'io' : 'data',
      message: error.what,
      where: error.where,
      request: await this.#request(slide),
    };
    this.#write({ slide, worker: this.#worker().id, failure }, attempt, 'failed');
  }

  async alone(): Promise<SlideTask<D>[]> {
    const tasks: SlideTask<D>[] = [];
    for (const slide of this.#part()) {
      const files = this.#atStart(slide);
      const failure = await this.#standingFailure(slide, files);
      tasks.push({ slide, attempt: files.attempts + 1, found: failure === null ? null : { failure } });
    }
    return tasks;
  }

  async records(): Promise<ReadonlyMap<string, AttemptRecord>> {
    const view = await scanAttempts(this.#folder);
    const found = new Map<string, AttemptRecord>();
    for (const slide of this.#options.slides) {
      const files = view(slide);
      const [kind, attempt] = files.done.length > 0 ? (['done', Math.max(...files.done)] as const) : (['failed', files.attempts] as const);
      if (kind === 'failed' && !isFailed(files)) continue;
      const record = await this.#read(slide, attempt, kind);
      if (record !== null) found.set(slide, record);
    }
    return found;
  }

  isGone({ pid, host, processStart }: ProcessIdentity): boolean {
    return [...this.#watch.dead.values()].some(
      (worker) => worker?.pid === pid && worker.host === host && worker.processStart === processStart,
    );
  }

  async close(): Promise<void> {
    await this.#heart?.stop();
  }

  #part(): string[] {
    const { slides, sharing } = this.#options;
    const part = slides.filter((slide) => inShard(slide, sharing?.shard));
    if (sharing?.retryFailed !== true) return part;
    // To try the failed ones again is to begin no other; those that are done are told of.
    return part.filter((slide) => this.#atStart(slide).done.length > 0 || isFailed(this.#atStart(slide)));
  }

  /** Why a slide was left out, unless something changed since or it is to be tried again. */
  async #standingFailure(slide: string, files: SlideFiles): Promise<SlideFailure | null> {
    if (!isFailed(files)) return null;
    const { failure } = (await this.#read(slide, files.attempts, 'failed')) ?? {};
    if (this.#options.sharing?.retryFailed === true && files.attempts <= this.#atStart(slide).attempts) return null;
    return failure !== undefined && failure.request === (await this.#request(slide)) ? failure : null;
  }

  /** Takes a slide or says what is there of it; `null` while another worker has it. */
  async #take(slide: string, files: SlideFiles): Promise<SlideTask<D> | null> {
    const { complete, logger } = this.#options;
    if (files.done.length > 0) {
      const detail = await complete(slide);
      if (detail !== null) return { slide, attempt: 0, found: { detail } };
    }
    const failure = await this.#standingFailure(slide, files);
    if (failure !== null) return { slide, attempt: 0, found: { failure } };
    if (files.leases.includes(files.attempts) && !files.done.includes(files.attempts) && !isFailed(files)) {
      const holder = await this.#holder(slide, files.attempts);
      if (holder.alive) return null;
      const from = holder.record === null ? 'a worker that is not known' : `process ${holder.record.pid} on ${holder.record.host}`;
      logger.info(`taken over from ${from}`, { slide, attempt: files.attempts + 1 });
    }
    const attempt = files.attempts + 1;
    if (!createExclusive(attemptPath(this.#folder, slide, attempt, 'lease'), JSON.stringify({ slide, worker: this.#worker().id })))
      return null;
    const detail = await complete(slide);
    if (detail === null) {
      if (attempt > 1) for (const path of this.#options.outputs?.(slide) ?? []) await removeUnfinished(path);
      return { slide, attempt, found: null };
    }
    await this.done({ slide, attempt, found: null }, detail);
    return { slide, attempt: 0, found: { detail } };
  }

  async #holder(slide: string, attempt: number): Promise<WatchedWorker> {
    const lease = await readAttempt(this.#folder, slide, attempt, 'lease');
    // A lease that a power failure left without content is watched as that of a worker that never beats.
    return this.#watch.look(lease?.worker ?? 'unknown');
  }

  #write(record: AttemptRecord, attempt: number, kind: 'done' | 'failed'): void {
    createExclusive(attemptPath(this.#folder, record.slide, attempt, kind), JSON.stringify(record));
  }

  /** What is written once does not change, so it is read once. */
  async #read(slide: string, attempt: number, kind: 'done' | 'failed'): Promise<AttemptRecord | null> {
    const key = attemptPath('', slide, attempt, kind);
    const record = this.#records.get(key) ?? (await readAttempt(this.#folder, slide, attempt, kind));
    if (record !== null) this.#records.set(key, record);
    return record;
  }

  async #request(slide: string): Promise<string> {
    return createHash('sha256')
      .update(await this.#options.request(slide))
      .digest('hex')
      .slice(0, 16);
  }

  #worker(): Heartbeat {
    this.#heart ??= startHeartbeat(this.#folder, this.#times.beatMs);
    return this.#heart;
  }
}

/** Waits. @throws SlidestreamError `streams/stopped` */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    throw stoppedError(signal.reason);
  });
}

/** Whether the latest attempt failed. */
function isFailed({ attempts, failed }: SlideFiles): boolean {
  return failed.includes(attempts);
}
