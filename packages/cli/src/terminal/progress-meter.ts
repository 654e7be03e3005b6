import type { VerbProgress } from '../verb.js';
import { formatDuration } from './duration.js';

/** Where progress is written: a terminal line that is rewritten, plain lines now and then, or records. */
export type ProgressMode = 'line' | 'plain' | 'records' | 'none';

/** A meter of one run. */
export interface ProgressMeter {
  report(progress: VerbProgress): void;
  /** Takes the rewritten line away, so that something else can be printed. */
  clear(): void;
}

const LINE_MS = 100;
const PLAIN_MS = 10_000;
/** Rates over the last so many seconds: the beginning of a run says little about its end. */
const WINDOW_MS = 30_000;

/** `tiles 120/400 (30 %) 52.3/s, 5 s left, slide-3`. */
export function describeProgress({ unit, done, total, current }: VerbProgress, perSecond: number): string {
  const share = total === null || total === 0 ? '' : `/${total} (${Math.floor((100 * done) / total)} %)`;
  const rate = perSecond > 0 ? ` ${perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(2)}/s` : '';
  const left = total === null || perSecond <= 0 || done >= total ? '' : `, ${formatDuration((total - done) / perSecond)} left`;
  return `${unit} ${done}${share}${rate}${left}${current === undefined ? '' : `, ${current}`}`;
}

/** A meter that writes to `write` as `mode` says; `now` in milliseconds. */
export function createProgressMeter(
  mode: ProgressMode,
  write: (text: string) => void,
  options: { readonly now?: () => number; readonly columns?: () => number } = {},
): ProgressMeter {
  const { now = () => performance.now(), columns = () => 80 } = options;
  let unit: string | undefined;
  let samples: { readonly at: number; readonly done: number }[] = [];
  let written = Number.NEGATIVE_INFINITY;
  let shown = false;
  const clear = (): void => {
    if (shown) write('\r\u001b[K');
    shown = false;
  };
  const rateOf = (progress: VerbProgress, at: number): number => {
    if (progress.unit !== unit || progress.done < (samples.at(-1)?.done ?? 0)) samples = [];
    unit = progress.unit;
    samples.push({ at, done: progress.done });
    while (samples.length > 2 && (samples[0]?.at ?? at) < at - WINDOW_MS) samples.shift();
    const first = samples[0] as { at: number; done: number };
    return at > first.at ? (1000 * (progress.done - first.done)) / (at - first.at) : 0;
  };
  return {
    report(progress) {
      if (mode === 'none') return;
      const at = now();
      const complete = progress.total !== null && progress.done >= progress.total;
      const rate = rateOf(progress, at);
      if (at - written < (mode === 'line' ? LINE_MS : PLAIN_MS) && !complete) return;
      written = at;
      if (mode === 'records') {
        write(`${JSON.stringify({ level: 'progress', ...progress, rate })}\n`);
        return;
      }
      const text = describeProgress(progress, rate);
      if (mode === 'plain') {
        write(`${text}\n`);
        return;
      }
      write(`\r${text.slice(0, Math.max(20, columns() - 1))}\u001b[K`);
      shown = true;
    },
    clear,
  };
}
