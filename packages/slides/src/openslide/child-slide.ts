import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { slideError } from '../errors.js';
import { openSlideLibraries } from './find-library.js';
import type { OpenSlideDescription, OpenSlideFailure, OpenSlideMessage, OpenSlideReply, OpenSlideRequest } from './messages.js';

/** A slide that is open in OpenSlide, in a process of its own. */
export interface ChildSlide {
  readonly description: OpenSlideDescription;
  /** uint8 RGB pixels. @throws SlidestreamError `slide/reader-failed`, `slide/reader-died`, `slide/reader-timeout` */
  ask(request: Exclude<OpenSlideRequest, { op: 'open' }>): Promise<Uint8Array>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: OpenSlideDescription | Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Opens a slide in a process that holds OpenSlide: what a broken file does to it, a crash, an exit or a hang, is an error of that slide.
 *
 * @param timeoutMs the longest that one answer may take
 * @throws SlidestreamError `slide/no-openslide`, `slide/unsupported-format`, `slide/reader-failed`, `slide/reader-died`, `slide/reader-timeout`
 */
export async function openInChild(path: string, timeoutMs: number): Promise<ChildSlide> {
  const libraries = await openSlideLibraries();
  const child = forkChild();
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let dead: Error | undefined;
  const die = (error: Error): void => {
    dead ??= error;
    child.kill('SIGKILL');
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer);
      reject(dead);
    }
    waiting.clear();
    rest();
  };
  // While nothing is asked for, a slide that nobody closed does not keep this process.
  const rest = (): void => {
    if (waiting.size > 0) return;
    child.unref();
    child.channel?.unref();
  };
  child.on('message', (reply: OpenSlideReply) => {
    const one = waiting.get(reply.id);
    if (one === undefined) return;
    waiting.delete(reply.id);
    clearTimeout(one.timer);
    if ('failure' in reply) one.reject(failureOf(path, reply.failure, reply.message));
    else one.resolve(reply.value);
    rest();
  });
  child.on('error', (error) => die(died(path, error.message)));
  child.on('exit', (code, signal) => die(died(path, signal === null ? `exit code ${code}` : `signal ${signal}`)));
  const send = (request: OpenSlideRequest): Promise<OpenSlideDescription | Uint8Array> =>
    new Promise((resolve, reject) => {
      if (dead !== undefined) {
        reject(dead);
        return;
      }
      const id = next++;
      const timer = setTimeout(() => die(timedOut(path, timeoutMs)), timeoutMs);
      waiting.set(id, { resolve, reject, timer });
      child.ref();
      child.channel?.ref();
      child.send({ id, request } satisfies OpenSlideMessage, (error) => {
        if (error !== null) die(died(path, error.message));
      });
    });
  // Requests wait here rather than in the channel, so that each has its own time.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (request: OpenSlideRequest): Promise<OpenSlideDescription | Uint8Array> => {
    const answer = last.then(() => send(request));
    last = answer.catch(() => undefined);
    return answer;
  };
  const close = async (): Promise<void> => {
    await last;
    if (dead === undefined) die(slideError('slide/closed', 'the slide is closed', { category: 'usage', where: { file: path } }));
  };
  try {
    const description = (await inTurn({ op: 'open', path, libraries })) as OpenSlideDescription;
    return { description, ask: async (request) => (await inTurn(request)) as Uint8Array, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function forkChild(): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(fromSource ? './openslide-child.ts' : './openslide-child.js', import.meta.url));
  const loader = (): string => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return fork(program, [], {
    execArgv: fromSource ? ['--conditions=@slidestream/source', '--import', loader()] : [],
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    serialization: 'advanced',
    // What libraries print about broken files is theirs.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

/** How OpenSlide comes onto a machine. */
export const INSTALL_OPENSLIDE =
  'Install the Python package openslide-bin (pip install openslide-bin) or the system package of OpenSlide, or name its shared library with SLIDESTREAM_OPENSLIDE';

function failureOf(path: string, failure: OpenSlideFailure, message: string): Error {
  const where = { file: path };
  if (failure === 'no-library') {
    return slideError('slide/no-openslide', `OpenSlide is not there: ${message}`, { category: 'usage', where, hint: INSTALL_OPENSLIDE });
  }
  if (failure === 'unsupported') return slideError('slide/unsupported-format', message, { where });
  return slideError('slide/reader-failed', `OpenSlide: ${message}`, { where });
}

function died(path: string, why: string): Error {
  return slideError('slide/reader-died', `the process that read the slide with OpenSlide ended (${why})`, {
    where: { file: path },
    hint: 'The file is broken in a way that OpenSlide does not survive, or memory ran out: leave the slide out',
  });
}

function timedOut(path: string, timeoutMs: number): Error {
  return slideError('slide/reader-timeout', `OpenSlide did not answer within ${timeoutMs / 1000} s`, {
    where: { file: path },
    hint: 'Leave the slide out, or give the reader more time',
  });
}
