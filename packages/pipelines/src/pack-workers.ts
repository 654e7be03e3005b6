import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SlidestreamError } from '@slidestream/core';
import { createBlocks } from './memory-blocks.js';
import { errorOf, type WorkerReply, type WorkerTask } from './pack-messages.js';
import { createPortionEncoder, likelyBytes, type Portion, type PortionRequest } from './pack-portion.js';
import { createSharedFile, type SharedFile } from './shared-file.js';

/** Processes that read and compress tiles for {@link packTiles}; they can serve several calls, one after the other. */
export interface PackWorkers extends AsyncDisposable {
  /** Processes at most; 1 = the calling process alone. */
  readonly count: number;
  /** Starts the processes now and resolves when they are there; otherwise they start when there is enough to do. */
  ready(): Promise<void>;
  /** @internal */
  encode(request: PortionRequest, signal: AbortSignal): Promise<Portion>;
  /** @internal gives back the memory of a portion that nobody refers to any more */
  recycle(portion: Portion): void;
  close(): Promise<void>;
}

/** A process takes about as long to start as this process takes for so many tiles. */
const WORTH_STARTING = 512;
/** Tasks that a process has: one in work, others that wait, so that it never waits for a writer whose disk is slow. */
const TASKS_EACH = 3;

/** Descriptor in a worker of the first file that it shares with this process: behind the standard ones and the channel. */
const FIRST_FILE = 4;

interface Task {
  readonly request: PortionRequest;
  readonly resolve: (portion: Portion) => void;
  readonly reject: (error: unknown) => void;
  dropped: boolean;
  /** Processes that ended while they had it. */
  losses: number;
}

interface Worker {
  readonly child: ChildProcess;
  /** Where it leaves the records of a task, one for each that it may have. */
  readonly files: readonly SharedFile[];
  readonly tasks: Map<number, Task & { readonly file: number }>;
  ready: boolean;
}

/**
 * Makes worker processes for {@link packTiles}. They end with `close`, and by themselves when this process is gone, however it ended.
 *
 * @param count - processes; 1 = no further process, this one does the work
 * @throws RangeError when `count` is not a positive integer
 */
export function createPackWorkers(count: number): PackWorkers {
  if (!(Number.isInteger(count) && count > 0)) throw new RangeError(`workers must be a positive integer, got ${count}`);
  const here = createPortionEncoder();
  const workers = new Set<Worker>();
  const waiting: Task[] = [];
  const onChange = new Set<() => void>();
  const blocks = createBlocks(2 * TASKS_EACH * count);
  let busyHere = false;
  let tilesAsked = 0;
  let nextId = 0;
  let closed = false;

  const lose = (worker: Worker, why: string): void => {
    if (!workers.delete(worker)) return;
    for (const file of worker.files) file.close();
    for (const task of worker.tasks.values()) {
      // The system may have ended it for want of memory: another gets the work, but what ends two processes is given up.
      if (task.losses++ === 0 && !closed) waiting.unshift(task);
      else task.reject(workerDied(task.request.path, why));
    }
    // One that never came up would not come up the next time either: this process does the work then.
    if (worker.ready && !closed) start();
    dispatch();
  };
  const start = (): void => {
    const files = sharedFiles();
    const worker: Worker = { child: forkWorker(files), files, tasks: new Map(), ready: false };
    workers.add(worker);
    worker.child.on('message', (reply: WorkerReply) => {
      // What a process said before it ended may be heard after its work went to another.
      if (!workers.has(worker)) return;
      if (reply.id === 'ready') worker.ready = true;
      else settle(worker, reply);
      dispatch();
    });
    worker.child.on('error', (error) => lose(worker, error.message));
    worker.child.on('exit', (code, signal) => lose(worker, signal === null ? `exit code ${code}` : `signal ${signal}`));
  };
  const startAll = (): void => {
    if (count > 1 && tilesAsked !== Number.POSITIVE_INFINITY) for (let i = 0; i < count; i++) start();
    tilesAsked = Number.POSITIVE_INFINITY;
  };
  const settle = (worker: Worker, reply: Exclude<WorkerReply, { readonly id: 'ready' }>): void => {
    const task = worker.tasks.get(reply.id);
    if (task === undefined) return;
    worker.tasks.delete(reply.id);
    const answer = (): Portion => {
      if ('failure' in reply) throw errorOf(reply.failure);
      if (reply.bytesInFile === 0) return reply.portion;
      const bytes = blocks.take(reply.bytesInFile);
      worker.files[task.file]?.read(bytes);
      return { ...reply.portion, bytes };
    };
    try {
      task.resolve(answer());
    } catch (error) {
      task.reject(error);
    }
  };
  const freeWorker = (): Worker | undefined => {
    let best: Worker | undefined;
    for (const worker of workers) {
      if (worker.ready && worker.tasks.size < (best?.tasks.size ?? TASKS_EACH)) best = worker;
    }
    return best;
  };
  const encodeHere = async (task: Task): Promise<void> => {
    busyHere = true;
    await here.encode(task.request, blocks.take(likelyBytes(task.request))).then(task.resolve, task.reject);
    busyHere = false;
    dispatch();
  };
  const dispatch = (): void => {
    for (const listener of onChange) listener();
    while (waiting.length > 0) {
      const worker = freeWorker();
      const alone = ![...workers].some(({ ready }) => ready);
      if (worker === undefined && (busyHere || !alone)) return;
      const task = waiting.shift() as Task;
      if (task.dropped) continue;
      if (worker === undefined) {
        void encodeHere(task);
        continue;
      }
      const id = nextId++;
      const used = new Set([...worker.tasks.values()].map(({ file }) => file));
      const file = worker.files.findIndex((_, at) => !used.has(at));
      worker.tasks.set(id, Object.assign(task, { file }));
      worker.child.send({ id, request: task.request, file: FIRST_FILE + file } satisfies WorkerTask, (error) => {
        if (error === null) return;
        // What never reached a process did not end it: others that the same kill took are no reason to give the work up.
        if (worker.tasks.delete(id)) waiting.unshift(task);
        lose(worker, error.message);
        dispatch();
      });
    }
  };
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    const ended = [...workers].map(({ child }) => new Promise((resolve) => child.once('exit', resolve).once('error', resolve)));
    for (const { child } of workers) if (child.connected) child.disconnect();
    await Promise.all(ended);
    await here.close();
  };

  return {
    count,
    ready: () => {
      startAll();
      return new Promise((resolve) => {
        const look = (): void => {
          if (![...workers].every(({ ready }) => ready)) return;
          onChange.delete(look);
          resolve();
        };
        onChange.add(look);
        look();
      });
    },
    encode(request, signal) {
      return new Promise<Portion>((resolve, reject) => {
        signal.throwIfAborted();
        const drop = (): void => {
          task.dropped = true;
          reject(signal.reason);
        };
        const settled = <T>(act: (value: T) => void): ((value: T) => void) => {
          return (value) => {
            signal.removeEventListener('abort', drop);
            act(value);
          };
        };
        const task: Task = { request, resolve: settled(resolve), reject: settled(reject), dropped: false, losses: 0 };
        signal.addEventListener('abort', drop, { once: true });
        tilesAsked += request.coords.length / 2;
        if (tilesAsked > WORTH_STARTING && !closed) startAll();
        waiting.push(task);
        dispatch();
      });
    },
    recycle: ({ bytes }) => blocks.giveBack(bytes),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Starts a process of the same kind as this one: from sources in a checkout, from `dist` when installed. */
function forkWorker(files: readonly SharedFile[]): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(fromSource ? './pack-worker.ts' : './pack-worker.js', import.meta.url));
  const loader = (): string => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return fork(program, [], {
    execArgv: fromSource ? ['--conditions=@slidestream/source', '--import', loader()] : [],
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', ...files.map(({ descriptor }) => descriptor)],
  });
}

/** Without a temporary folder records go through the channel of messages. */
function sharedFiles(): SharedFile[] {
  const files: SharedFile[] = [];
  try {
    while (files.length < TASKS_EACH) files.push(createSharedFile());
    return files;
  } catch {
    for (const file of files) file.close();
    return [];
  }
}

function workerDied(path: string, why: string): SlidestreamError {
  return new SlidestreamError({
    code: 'pack/worker-died',
    category: 'internal',
    message: `two processes that read its tiles ended (${why})`,
    where: { file: path },
    hint: 'Look whether memory ran out, or leave the slide out; finished slides are kept',
  });
}
