/** Says when slides that wait to become durable have waited enough. */
export interface CommitPace {
  /** All tiles of a slide were handed over: it waits for others to share its commit. */
  handedOver(): void;
  /** A slide is durable, was there already, or failed; `handed` when it had been handed over. */
  settled(handed: boolean): void;
}

/**
 * Calls `flush` when `atMost` slides wait, or all that are left: whoever waits takes the place of a slide that could be worked on.
 *
 * @param slides - how many there are in all
 */
export function createCommitPace(slides: number, atMost: number, flush: () => void): CommitPace {
  let left = slides;
  let waiting = 0;
  const look = (): void => {
    if (waiting > 0 && waiting >= Math.min(atMost, left)) flush();
  };
  return {
    handedOver() {
      waiting++;
      look();
    },
    settled(handed) {
      left--;
      if (handed) waiting--;
      look();
    },
  };
}
