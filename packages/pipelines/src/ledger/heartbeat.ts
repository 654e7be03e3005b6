import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createExclusive, ioError, ownIdentity, type ProcessIdentity } from '@slidestream/core/node';
import { isRecord, readJson } from './ledger-files.js';

/** How leases are kept and lost. */
export interface LeaseTimes {
  /** Milliseconds between a worker's heartbeats; 10,000 by default. */
  readonly beatMs?: number | undefined;
  /** How long a worker's heartbeat may stand still before others take its slides; 60,000 by default. The same for all that share a folder. */
  readonly staleMs?: number | undefined;
}

/** A worker as its file shows it. */
export interface WorkerRecord extends ProcessIdentity {
  readonly id: string;
  /** ISO 8601, by the worker's clock: for people; nothing is decided by it. */
  readonly startedAt: string;
  /** Changes while the worker lives. */
  readonly beat: string;
}

/** A worker's own heart. */
export interface Heartbeat {
  readonly id: string;
  /** Lets everybody know that this worker has ended, so that nobody waits for it. */
  stop(): Promise<void>;
}

const BEAT_WIDTH = 10;
const ENDED = 'ended'.padEnd(BEAT_WIDTH);

/**
 * The beating is a thread's of its own: finding tissue and running an encoder keep the main one busy for longer than a heart may stand still. It
 * overwrites a few bytes in place, so that a full disk does not stop it.
 */
const BEAT = `
const { workerData } = require('node:worker_threads');
const { openSync, writeSync, closeSync } = require('node:fs');
let beat = 0;
setInterval(() => {
  try {
    const file = openSync(workerData.path, 'r+');
    try { writeSync(file, String(++beat).padStart(workerData.width, '0'), workerData.position); } finally { closeSync(file); }
  } catch {}
}, workerData.everyMs);
`;

/** Writes this worker's file and keeps it beating. @throws SlidestreamError `io/*` */
export function startHeartbeat(folder: string, beatMs: number): Heartbeat {
  const id = randomBytes(6).toString('hex');
  const path = join(folder, 'workers', `${id}.json`);
  const record: WorkerRecord = { id, ...ownIdentity(), startedAt: new Date().toISOString(), beat: '0'.repeat(BEAT_WIDTH) };
  const text = JSON.stringify(record);
  createExclusive(path, text);
  const position = Buffer.byteLength(text.slice(0, text.lastIndexOf(record.beat)));
  const workerData = { path, position, width: BEAT_WIDTH, everyMs: beatMs };
  const thread = new Worker(BEAT, { eval: true, execArgv: [], env: {}, workerData });
  thread.unref();
  // Without a heart others may take a slide that is at work here; what is made of it is the same, so work goes on.
  thread.on('error', () => undefined);
  let stopped: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await thread.terminate();
    try {
      const file = openSync(path, 'r+');
      try {
        writeSync(file, ENDED, position);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw ioError(error, path);
    }
  };
  return {
    id,
    stop: () => {
      stopped ??= end();
      return stopped;
    },
  };
}

/** A worker's file; `null` where it is gone or was read while it was written. @throws SlidestreamError `io/*` */
export async function readWorker(folder: string, id: string): Promise<WorkerRecord | null> {
  const value = await readJson(join(folder, 'workers', `${id}.json`));
  return isRecord(value) && typeof value.pid === 'number' && typeof value.host === 'string' ? (value as unknown as WorkerRecord) : null;
}

/** Whether a worker said that it ended. */
export function saidEnd(worker: WorkerRecord): boolean {
  return worker.beat === ENDED;
}
