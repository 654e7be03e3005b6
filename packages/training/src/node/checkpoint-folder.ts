import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateDict } from '@slidestream/core';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import type { CheckpointStore, RunProgress, Snapshot, Weighted } from '../snapshot.js';
import { readSealedFolder, writeSealedFolder } from './sealed-folder.js';

/** How state dicts become files: `writeSafetensors` and `readSafetensors` of `@slidestream/formats`, or another pair that is exact. */
export interface TensorFile {
  write(path: string, dict: StateDict): Promise<void> | void;
  read(path: string): Promise<StateDict> | StateDict;
}

/** Options of {@link checkpointFolder}. */
export interface CheckpointFolderOptions {
  readonly tensorFile: TensorFile;
  /** Newest snapshots that are kept; default 2, so that a damaged one does not lose the run. */
  readonly keep?: number | undefined;
}

/** A checkpoint that was passed over, and why. */
export interface SkippedCheckpoint {
  readonly name: string;
  readonly reason: string;
}

/** Where a run can go on; `snapshot` is `null` when no checkpoint can be trusted. */
export interface ResumePoint {
  readonly name: string | null;
  readonly snapshot: Snapshot | null;
  /** Newer ones that could not be trusted. */
  readonly skipped: readonly SkippedCheckpoint[];
}

/** Snapshots and best weights in a folder. */
export interface CheckpointFolder extends CheckpointStore {
  /** The newest snapshot whose hashes hold. */
  newest(): Promise<ResumePoint>;
  /** Path of the best weights whose hashes hold; `null` when there are none. */
  bestPath(which: Weighted): Promise<string | null>;
}

const WEIGHTS = 'weights.safetensors';
const TEACHER = 'teacher.safetensors';
const OPTIMISER = 'optim.safetensors';

/**
 * Keeps checkpoints under `path`: `step-N/` (or `step-N-K/`, K steps into an epoch) with weights, teacher, optimiser and `state.json`, which
 * holds their hashes; `latest`, the name of the newest; `best-epoch-N/` and `best-teacher-epoch-N/`. Every folder is complete or absent; best
 * weights leave only for better ones.
 *
 * @throws SlidestreamError `io/*`
 * @example
 * ```ts
 * const store = checkpointFolder('run/checkpoints', { tensorFile: { write: writeSafetensors, read: readSafetensors } });
 * const { snapshot, skipped } = await store.newest();
 * fit({ …, checkpoints: store, resume: snapshot });
 * ```
 */
export function checkpointFolder(path: string, options: CheckpointFolderOptions): CheckpointFolder {
  const { tensorFile, keep = 2 } = options;

  const bestPath = async (which: Weighted): Promise<string | null> => {
    for (const name of await bests(path, which)) {
      if (!('reason' in (await readSealedFolder(join(path, name))))) return join(path, name, WEIGHTS);
    }
    return null;
  };

  return {
    bestPath,
    save: async (snapshot) => {
      const { steps, step } = snapshot.progress;
      const name = `step-${steps}${step === 0 ? '' : `-${step}`}`;
      await makeFolder(path);
      const fill = async (folder: string): Promise<void> => {
        await tensorFile.write(join(folder, WEIGHTS), snapshot.weights);
        await tensorFile.write(join(folder, OPTIMISER), snapshot.state);
        if (snapshot.teacher !== null) await tensorFile.write(join(folder, TEACHER), snapshot.teacher);
      };
      await writeSealedFolder(join(path, name), fill, { progress: snapshot.progress });
      await writeFileAtomic(join(path, 'latest'), `${name}\n`);
      for (const old of (await snapshots(path)).slice(Math.max(1, keep))) await remove(join(path, old));
      return name;
    },
    newest: async () => {
      const skipped: SkippedCheckpoint[] = [];
      for (const name of await snapshots(path)) {
        const read = await readSnapshot(join(path, name), tensorFile);
        if ('snapshot' in read) return { name, snapshot: read.snapshot, skipped };
        skipped.push({ name, reason: read.reason });
      }
      return { name: null, snapshot: null, skipped };
    },
    saveBest: async (which, weights, record) => {
      await makeFolder(path);
      const name = `${bestPrefix(which)}${record.epoch}`;
      await writeSealedFolder(join(path, name), async (folder) => tensorFile.write(join(folder, WEIGHTS), weights), { record });
      for (const old of await bests(path, which)) if (old !== name) await remove(join(path, old));
    },
    best: async (which) => {
      const file = await bestPath(which);
      return file === null ? null : tensorFile.read(file);
    },
  };
}

function bestPrefix(which: Weighted): string {
  return which === 'model' ? 'best-epoch-' : 'best-teacher-epoch-';
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw ioError(error, path);
  });
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    throw ioError(error, path);
  });
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw ioError(error, path);
  });
}

/** Names of the best weights, newest first. */
async function bests(path: string, which: Weighted): Promise<string[]> {
  const prefix = bestPrefix(which);
  const epochOf = (name: string): number => Number(name.slice(prefix.length));
  const found = (await namesIn(path)).filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)));
  return found.sort((a, b) => epochOf(b) - epochOf(a));
}

/** Names of the snapshots, newest first. */
async function snapshots(path: string): Promise<string[]> {
  const found = (await namesIn(path)).flatMap((name) => {
    const match = /^step-(\d+)(?:-(\d+))?$/.exec(name);
    // Without a second number it was taken behind its epoch's validation: newer than one before that at the same step.
    return match === null ? [] : [{ name, step: Number(match[1]), within: Number(match[2] ?? Number.POSITIVE_INFINITY) }];
  });
  return found.sort((a, b) => b.step - a.step || b.within - a.within).map(({ name }) => name);
}

async function readSnapshot(
  folder: string,
  tensorFile: TensorFile,
): Promise<{ readonly snapshot: Snapshot } | { readonly reason: string }> {
  const sealed = await readSealedFolder<{ readonly progress: RunProgress }>(folder);
  if ('reason' in sealed) return sealed;
  const { progress, files } = sealed.state;
  if (progress?.version !== 1) return { reason: 'it was written by another version' };
  try {
    const read = (name: string): Promise<StateDict> | StateDict => tensorFile.read(join(folder, name));
    const teacher = TEACHER in files ? await read(TEACHER) : null;
    return { snapshot: { progress, weights: await read(WEIGHTS), state: await read(OPTIMISER), teacher } };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}
