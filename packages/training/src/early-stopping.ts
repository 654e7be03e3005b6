/** Options of {@link EarlyStopping}. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement that are borne. */
  readonly patience: number;
  /** Never stop up to and including this epoch index; default 0. */
  readonly minEpoch?: number | undefined;
}

/** What {@link EarlyStopping} must remember over a resume. */
export interface EarlyStoppingState {
  readonly best: number | null;
  readonly counter: number;
}

/**
 * Stops when a metric (larger is better) has not been reached again for `patience` epochs. A value equal to the best starts
 * counting anew; NaN counts as worse.
 *
 * @example
 * ```ts
 * const stopping = new EarlyStopping({ patience: 10, minEpoch: 50 });
 * if (stopping.update(validationAuc, epoch)) break;
 * ```
 */
export class EarlyStopping {
  readonly options: EarlyStoppingOptions;
  #best: number | null = null;
  #counter = 0;

  constructor(options: EarlyStoppingOptions) {
    this.options = options;
  }

  get best(): number | null {
    return this.#best;
  }

  get counter(): number {
    return this.#counter;
  }

  /** Takes the metric of an epoch. @returns whether training should stop */
  update(metric: number, epoch: number): boolean {
    if (Number.isNaN(metric) || (this.#best !== null && metric < this.#best)) {
      this.#counter++;
      return this.#counter >= this.options.patience && epoch > (this.options.minEpoch ?? 0);
    }
    this.#best = metric;
    this.#counter = 0;
    return false;
  }

  state(): EarlyStoppingState {
    return { best: this.#best, counter: this.#counter };
  }

  restore(state: EarlyStoppingState): void {
    this.#best = state.best;
    this.#counter = state.counter;
  }
}
