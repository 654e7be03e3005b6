/** Lets a chain of several asynchronous stages hold at most `limit` items: a permit is taken at the source and given back at the sink. */
export interface Gate {
  readonly limit: number;
  /** Permits taken and not yet given back. */
  readonly inUse: number;
  /** Resolves once a permit is taken; first come, first served. @throws the signal's reason once it is aborted */
  acquire(signal?: AbortSignal): Promise<void>;
  /** Gives one permit back. @throws RangeError when none is taken: a sink that releases twice would lift the bound */
  release(): void;
}

interface Waiter {
  readonly grant: () => void;
}

/**
 * A {@link Gate} with `limit` permits.
 *
 * A stage that collects `n` items before it hands any on (a batch) needs `limit ≥ 2n`, or the source waits for a sink that waits for it.
 *
 * @throws RangeError when `limit` is not a positive integer
 */
export function createGate(limit: number): Gate {
  if (!(Number.isInteger(limit) && limit > 0)) throw new RangeError(`a gate needs a positive integer limit, got ${limit}`);
  const waiting = new Set<Waiter>();
  let inUse = 0;
  return {
    limit,
    get inUse() {
      return inUse;
    },
    acquire(signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (inUse < limit) {
        inUse++;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const giveUp = (): void => {
          waiting.delete(waiter);
          reject(signal?.reason);
        };
        const waiter: Waiter = {
          grant: () => {
            signal?.removeEventListener('abort', giveUp);
            resolve();
          },
        };
        waiting.add(waiter);
        signal?.addEventListener('abort', giveUp, { once: true });
      });
    },
    release() {
      if (inUse === 0) throw new RangeError('a permit was given back that nobody had taken');
      const [next] = waiting;
      if (next === undefined) {
        inUse--;
        return;
      }
      waiting.delete(next);
      next.grant();
    },
  };
}
