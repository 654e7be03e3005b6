import { SlidestreamError } from '@slidestream/core';
import type { InputHash } from './run-folder-inputs.js';

/** What `run.json` says of a run: enough to repeat it, and to refuse to resume another one. */
export interface RunManifest {
  /** Layout of this record. */
  readonly format: 1;
  /** Slidestream's version and those of what the numbers depend on, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** What computed, `cpu: AMD EPYC …`; absent in runs of older versions. */
  readonly device?: string | undefined;
  readonly seed: number;
  /** The resolved configuration as plain JSON. */
  readonly config: unknown;
  readonly inputs: readonly InputHash[];
  /** ISO 8601. */
  readonly startedAt: string;
}

/** One value that is not as it was. */
export interface Difference {
  /** `config.train.epochs`, `inputs.labels.csv`. */
  readonly key: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** What differs between two manifests in what decides the result: configuration, seed and inputs; versions and times do not. */
export function manifestDifferences(before: RunManifest, now: RunManifest): Difference[] {
  const inputs = (manifest: RunManifest): Record<string, unknown> =>
    Object.fromEntries(manifest.inputs.map(({ path, bytes, sha256 }) => [path, `${bytes} bytes, ${sha256}`]));
  return [
    ...differences('config', before.config, now.config),
    ...differences('seed', before.seed, now.seed),
    ...differences('inputs', inputs(before), inputs(now)),
  ];
}

/**
 * Refuses to resume a run with other parameters or inputs.
 *
 * @throws SlidestreamError `run/other-parameters` with the list of differences
 */
export function checkSameRun(before: RunManifest, now: RunManifest, file: string): void {
  const list = manifestDifferences(before, now);
  if (list.length === 0) return;
  const text = list.map(({ key, before: old, now: own }) => `${key}: ${shown(old)} → ${shown(own)}`).join('; ');
  throw new SlidestreamError({
    code: 'run/other-parameters',
    category: 'usage',
    message: `the run was started with other parameters (${text})`,
    where: { file },
    hint: 'Resume with the same ones, or start anew in another folder',
  });
}

/**
 * Reads the text of a `run.json`.
 *
 * @throws SlidestreamError `run/bad-manifest`
 */
export function parseManifest(text: string, file = 'run.json'): RunManifest {
  let value: Partial<RunManifest> | null = null;
  try {
    value = JSON.parse(text) as Partial<RunManifest> | null;
  } catch {
    // Said below, with the file's name.
  }
  if (value?.format !== 1 || typeof value.seed !== 'number' || !Array.isArray(value.inputs) || typeof value.versions !== 'object') {
    throw new SlidestreamError({ code: 'run/bad-manifest', category: 'data', message: 'is no run manifest of format 1', where: { file } });
  }
  return value as RunManifest;
}

function differences(key: string, before: unknown, now: unknown): Difference[] {
  if (isRecord(before) && isRecord(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
    return names.flatMap((name) => differences(`${key}.${name}`, before[name], now[name]));
  }
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ key, before, now }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 97)}…` : text;
}
