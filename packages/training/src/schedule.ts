/** Learning rate of epoch (or step) `t` = 0, 1, …: a pure function, so that a resumed run needs no state of it. */
export type Schedule = (t: number) => number;

/** Options of {@link cosineSchedule}. */
export interface CosineOptions {
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Period T in epochs, warm-up included. */
  readonly epochs: number;
  /** Length W of the linear warm-up in epochs; default 0. */
  readonly warmupEpochs?: number | undefined;
  /** First value of the warm-up; default 1e-6. */
  readonly warmupLearningRate?: number | undefined;
  /** Last value; default 1e-7. */
  readonly minLearningRate?: number | undefined;
}

/**
 * Cosine decay with a linear warm-up inside its period, as timm's scheduler without cycles:
 * `t < W: w + t(lr − w)/W; t < T: min + ½(lr − min)(1 + cos(πt/T)); else min`.
 *
 * @see Loshchilov and Hutter 2017, SGDR, eq. 5
 * @example
 * ```ts
 * const schedule = cosineSchedule({ learningRate: 8e-5, epochs: 75, warmupEpochs: 10 });
 * schedule(0); // 1e-6
 * ```
 */
export function cosineSchedule(options: CosineOptions): Schedule {
  const { learningRate, epochs, warmupEpochs = 0, warmupLearningRate = 1e-6, minLearningRate = 1e-7 } = options;
  return (t) => {
    if (t < warmupEpochs) return warmupLearningRate + (t * (learningRate - warmupLearningRate)) / warmupEpochs;
    if (t >= epochs) return minLearningRate;
    return minLearningRate + 0.5 * (learningRate - minLearningRate) * (1 + Math.cos((Math.PI * t) / epochs));
  };
}

/** Options of {@link stepSchedule}. */
export interface StepOptions {
  readonly learningRate: number;
  /** Epochs between two drops; a fraction is taken as it is. */
  readonly every: number;
  /** Factor of a drop; default 0.2. */
  readonly factor?: number | undefined;
}

/** `lr · factor^⌊t / every⌋`. The reference drops every half of its epochs: `every: epochs / 2`. */
export function stepSchedule({ learningRate, every, factor = 0.2 }: StepOptions): Schedule {
  return (t) => learningRate * factor ** Math.floor(t / every);
}

/** The same learning rate for ever. */
export function constantSchedule(learningRate: number): Schedule {
  return () => learningRate;
}
