import { hasEnded } from '@slidestream/core/node';
import { readWorker, saidEnd, type WorkerRecord } from './heartbeat.js';

/** What is known of another worker. */
export interface WatchedWorker {
  readonly record: WorkerRecord | null;
  readonly alive: boolean;
}

/** Watches other workers' heartbeats. */
export interface WorkerWatch {
  /** Looks at a worker now; every look counts, so look again and again. @throws SlidestreamError `io/*` */
  look(id: string): Promise<WatchedWorker>;
  /** Workers that were found dead. */
  readonly dead: ReadonlyMap<string, WorkerRecord | null>;
}

/**
 * Decides whether workers live. Machines' clocks differ and network file systems give old times, so that only what this process sees
 * counts: a heartbeat that stood still for `staleMs` of this process's own time is a dead one's. A process on this machine is asked
 * for, and one that said that it ended is believed.
 */
export function watchWorkers(folder: string, staleMs: number, now: () => number = () => performance.now()): WorkerWatch {
  const seen = new Map<string, { readonly beat: string; readonly since: number }>();
  const dead = new Map<string, WorkerRecord | null>();
  return {
    dead,
    look: async (id) => {
      if (dead.has(id)) return { record: dead.get(id) ?? null, alive: false };
      const record = await readWorker(folder, id);
      const before = seen.get(id);
      const beat = record?.beat ?? '';
      if (before === undefined || before.beat !== beat) seen.set(id, { beat, since: now() });
      const still = before !== undefined && before.beat === beat && now() - before.since >= staleMs;
      const alive = !still && !(record !== null && (saidEnd(record) || hasEnded(record)));
      if (!alive) dead.set(id, record);
      return { record, alive };
    },
  };
}
