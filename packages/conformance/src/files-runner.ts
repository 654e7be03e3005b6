import { basename, dirname, join } from 'node:path';
import { type CaseFile, type CaseResult, type CaseRunner, UnknownCase } from './conformance-case.js';
import { runCheckpointFile } from './files-checkpoint.js';
import { runCoordinatesFile, runJpegFile, runStoreFile } from './files-images.js';
import { runPickleFile } from './files-pickle.js';
import { runTorchFile } from './files-torch.js';
import { readJson } from './read-json.js';

/** `info.json` beside the folders of payloads. */
export type FilesInfo = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

type FileRunner = (caseFile: CaseFile, info: FilesInfo) => Promise<CaseResult>;

const runners: Readonly<Record<string, FileRunner>> = {
  ckpt: runCheckpointFile,
  h5: runCoordinatesFile,
  jpeg: runJpegFile,
  lmdb: runStoreFile,
  pickle: runPickleFile,
  pt: runTorchFile,
};

/** Runs one payload of `files/KIND/`. */
export const runFile: CaseRunner = async (caseFile) => {
  const folder = dirname(caseFile.path);
  const run = runners[basename(folder)];
  if (run === undefined) throw new UnknownCase(`files of kind "${basename(folder)}"`);
  return run(caseFile, (await readJson(join(dirname(folder), 'info.json'))) as FilesInfo);
};
