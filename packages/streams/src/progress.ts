import { type MonoTypeOperatorFunction, Observable } from 'rxjs';

/** How far a stream is. */
export interface StreamProgress {
  readonly unit: string;
  readonly done: number;
  /** `null` while it is not known. */
  readonly total: number | null;
  readonly current?: string | undefined;
}

/** Options of {@link progress}. */
export interface ProgressOptions<T> {
  /** What is counted, `tiles`, `slides`. */
  readonly unit: string;
  readonly onProgress: (progress: StreamProgress) => void;
  readonly total?: number | null | undefined;
  /** How much of `unit` an element stands for; 1 when left out. */
  readonly amount?: ((value: T) => number) | undefined;
  /** What an element is called, a slide id. */
  readonly current?: ((value: T) => string) | undefined;
}

/** Reports how far the stream is, at its start and with every element; elements pass unchanged. */
export function progress<T>(options: ProgressOptions<T>): MonoTypeOperatorFunction<T> {
  const { unit, onProgress, total = null, amount = () => 1, current } = options;
  return (source) =>
    new Observable<T>((subscriber) => {
      let done = 0;
      onProgress({ unit, done, total });
      return source.subscribe({
        next: (value) => {
          done += amount(value);
          onProgress({ unit, done, total, current: current?.(value) });
          subscriber.next(value);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
