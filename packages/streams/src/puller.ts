/** An iterable of either kind. */
export type AnyIterable<T> = AsyncIterable<T> | Iterable<T>;

/** One iterator over either kind of iterable. */
export interface Puller<T> {
  next(): Promise<IteratorResult<T, unknown>>;
  /** Tells the source that no more is wanted; never throws, since nobody is left who could be told. */
  stop(): void;
}

/** Opens `source`: nothing is read before the first `next`. */
export function openPuller<T>(source: AnyIterable<T>): Puller<T> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  return {
    next: async () => iterator.next(),
    stop: () => {
      try {
        Promise.resolve(iterator.return?.()).catch(() => undefined);
      } catch {
        // A source that fails while it is being closed has nobody left to tell.
      }
    },
  };
}
