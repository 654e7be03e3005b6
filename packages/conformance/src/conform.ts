import type { Device } from '@slidestream/engine-node';
import { findCases } from './case-files.js';
import { type CaseFile, type CaseKind, type CaseResult, type CaseRunner, resultOfError } from './conformance-case.js';
import { globMatcher } from './glob.js';

/**
 * One loader per kind, so that a runner is imported only when a case of its kind is selected:
 * `encoders: async () => (await import('./encoders-runner.js')).runEncoder`.
 */
const loaders: Readonly<Partial<Record<CaseKind, () => Promise<CaseRunner>>>> = {
  mil: async () => (await import('./mil-runner.js')).runMil,
  transforms: async () => (await import('./transforms-runner.js')).runTransforms,
  trace: async () => (await import('./trace-runner.js')).runTrace,
  encoders: async () => (await import('./encoders-runner.js')).runEncoder,
  files: async () => (await import('./files-runner.js')).runFile,
  numbers: async () => (await import('./numbers-runner.js')).runNumbers,
};

/** What {@link conform} runs and whom it tells. */
export interface ConformOptions {
  /** Glob, or globs, on ids; `*` crosses slashes. Default: all. */
  readonly only?: string | readonly string[] | undefined;
  /** Engine to run on; default: the one that runs, or TensorFlow. Where it lacks kernels of training, outputs alone are compared. */
  readonly device?: Device | undefined;
  /** Called after each case. */
  readonly onCase?: ((result: CaseResult) => void) | undefined;
  /** Ends the run between two cases. */
  readonly signal?: AbortSignal | undefined;
}

/** Every selected case and how many of them passed. */
export interface ConformReport {
  readonly cases: readonly CaseResult[];
  readonly passed: number;
  readonly failed: number;
  readonly unknown: number;
}

/**
 * Runs every golden vector under `dir` (laid out as vectors/README.md says) against the packages.
 *
 * @throws SlidestreamError `conformance/no-folder`, `conformance/bad-json`, `engine/*`
 *
 * @example
 * ```ts
 * const report = await conform('shared/vectors', { only: 'mil/abmil*' });
 * process.exitCode = report.failed + report.unknown === 0 ? 0 : 65;
 * ```
 */
export async function conform(dir: string, options: ConformOptions = {}): Promise<ConformReport> {
  const selected = options.only === undefined ? () => true : globMatcher(options.only);
  if (options.device !== undefined) await (await import('@slidestream/engine-node')).startEngine({ device: options.device });
  const cases: CaseResult[] = [];
  for (const caseFile of await findCases(dir)) {
    if (!selected(caseFile.id)) continue;
    options.signal?.throwIfAborted();
    for (const result of await runCase(caseFile)) {
      cases.push(result);
      options.onCase?.(result);
    }
  }
  const count = (status: CaseResult['status']): number => cases.filter((result) => result.status === status).length;
  return { cases, passed: count('pass'), failed: count('fail'), unknown: count('unknown') };
}

async function runCase(caseFile: CaseFile): Promise<readonly CaseResult[]> {
  const load = loaders[caseFile.kind as CaseKind];
  const { id, kind } = caseFile;
  if (load === undefined) return [{ id, kind, status: 'unknown', error: null, tolerance: null, detail: `no runner for "${kind}"` }];
  try {
    const run = await load();
    const result = await run(caseFile);
    return Array.isArray(result) ? (result as readonly CaseResult[]) : [result as CaseResult];
  } catch (error) {
    return [resultOfError(caseFile, error)];
  }
}
