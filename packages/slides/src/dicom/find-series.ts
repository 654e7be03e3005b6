import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError } from '@slidestream/core/node';
import { type ByteSource, openFile } from '../byte-source.js';
import { detectFormat, HEAD_BYTES } from '../detect-format.js';
import { slideError } from '../errors.js';
import { type DicomInstance, readInstance } from './instance.js';

/** A slide has some ten files a scan; more than this is no slide. */
const MAX_INSTANCES = 512;

/** Instances of one folder; the caller closes their sources. */
export interface FolderInstances {
  readonly instances: readonly DicomInstance[];
  /** DICOM files whose header cannot be read, and why. */
  readonly unreadable: ReadonlyMap<string, unknown>;
}

/** Names of the files of a folder, sorted. @throws SlidestreamError `io/*` */
async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    throw ioError(error, folder);
  }
}

/**
 * Reads the headers of a folder's DICOM slides; other files are passed over.
 *
 * @param wanted the only series that is kept open; all by default
 * @throws SlidestreamError `io/*`, `slide/too-large`
 */
export async function readInstances(folder: string, wanted?: string): Promise<FolderInstances> {
  const instances: DicomInstance[] = [];
  const unreadable = new Map<string, unknown>();
  try {
    for (const name of await namesIn(folder)) {
      const instance = await tryInstance(join(folder, name), wanted, unreadable);
      if (instance === undefined) continue;
      instances.push(instance);
      if (instances.length > MAX_INSTANCES) {
        throw slideError('slide/too-large', `more than ${MAX_INSTANCES} DICOM files of slides in one folder`, { where: { file: folder } });
      }
    }
  } catch (error) {
    await closeAll(instances);
    throw error;
  }
  return { instances, unreadable };
}

/** Gives the files of instances back. */
export async function closeAll(instances: readonly DicomInstance[]): Promise<void> {
  await Promise.all(instances.map(({ source }) => source.close()));
}

async function tryInstance(path: string, wanted: string | undefined, unreadable: Map<string, unknown>): Promise<DicomInstance | undefined> {
  let source: ByteSource;
  try {
    source = await openFile(path);
  } catch {
    // Pipes, sockets, files of others: no slide that was asked for.
    return undefined;
  }
  try {
    const head = await source.read(0, Math.min(source.size, HEAD_BYTES));
    if (detectFormat(head, path).kind === 'dicom') {
      const instance = await readInstance(source);
      if (wanted === undefined || instance.series === wanted) return instance;
    }
  } catch (error) {
    unreadable.set(path, error);
  }
  await source.close();
  return undefined;
}

/** The series of each DICOM slide among files; those that cannot be read are left out. */
export async function readSeries(paths: readonly string[]): Promise<Map<string, string>> {
  const series = new Map<string, string>();
  for (const path of paths) {
    const instance = await tryInstance(path, undefined, new Map());
    if (instance === undefined) continue;
    series.set(path, instance.series);
    await instance.source.close();
  }
  return series;
}
