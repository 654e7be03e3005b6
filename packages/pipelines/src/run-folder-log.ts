import { type FileHandle, open, readFile } from 'node:fs/promises';
import { SlidestreamError } from '@slidestream/core';
import { ioError, writeFileAtomic } from '@slidestream/core/node';

/** One line of `metrics.jsonl`. */
export type LogRecord = Readonly<Record<string, unknown>>;

/** How {@link openRunLog} opens a log that exists. */
export interface RunLogOptions {
  /** Which of the records to keep: on resume those that the checkpoint knows, as the others will be written again. Default: all. */
  readonly keep?: ((record: LogRecord) => boolean) | undefined;
}

/** `metrics.jsonl`, one JSON record a line, on the disk when `append` returns. */
export class RunLog {
  readonly #file: FileHandle;
  readonly #path: string;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * Appends records and flushes them to the disk. NaN and infinities become `null`.
   *
   * @throws SlidestreamError `io/*`
   */
  async append(...records: readonly LogRecord[]): Promise<void> {
    try {
      await this.#file.appendFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
      await this.#file.datasync();
    } catch (error) {
      throw ioError(error, this.#path);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens a log to append to, making it when absent. A last line that a crash cut short is removed first.
 *
 * @throws SlidestreamError `io/*`, `run/bad-log`
 */
export async function openRunLog(path: string, options: RunLogOptions = {}): Promise<RunLog> {
  try {
    const before = await readExisting(path);
    if (before !== null) {
      const records = parseRunLog(before, path);
      const kept = options.keep === undefined ? records : records.filter(options.keep);
      if (kept.length !== records.length || !(before === '' || before.endsWith('\n'))) {
        await writeFileAtomic(path, kept.map((record) => `${JSON.stringify(record)}\n`).join(''));
      }
    }
    return new RunLog(await open(path, 'a'), path);
  } catch (error) {
    throw ioError(error, path);
  }
}

/**
 * The records of a log's text. An unfinished last line is passed over: the process died while it wrote it.
 *
 * @throws SlidestreamError `run/bad-log` with file and line
 */
export function parseRunLog(text: string, file: string): LogRecord[] {
  const lines = text.split('\n');
  const unfinished = lines.pop();
  const records = lines.map((line, i) => {
    try {
      return JSON.parse(line) as LogRecord;
    } catch (cause) {
      const where = { file, line: i + 1 };
      throw new SlidestreamError({ code: 'run/bad-log', category: 'data', message: 'this line is not JSON', where, cause });
    }
  });
  return unfinished === '' ? records : [...records, ...whole(unfinished)];
}

/** A last line without its line end counts when it is whole. */
function whole(line: string | undefined): LogRecord[] {
  try {
    return [JSON.parse(line ?? '') as LogRecord];
  } catch {
    return [];
  }
}

async function readExisting(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
