/** How the engine is to run. */
export interface EngineOptions {
  /** `cuda` refuses to start without a GPU; `cpu` hides GPUs; left out, a GPU is used when there is one. */
  readonly device?: 'cpu' | 'cuda' | undefined;
  /** Threads of one operation; left out, one per core. Another count may give other last bits. */
  readonly threads?: number | undefined;
  /** Refuse kernels whose result depends on timing (GPUs; the CPU's are deterministic). */
  readonly deterministic?: boolean | undefined;
}

/** What was started. */
export interface EngineInfo {
  readonly device: 'cpu' | 'cuda';
  /** Of libtensorflow, `2.20.0`. */
  readonly tensorflowVersion: string;
  /** Of the npm package, `4.22.0`. */
  readonly tfjsVersion: string;
  /** Threads asked for; `null` = one per core. */
  readonly threads: number | null;
  readonly deterministic: boolean;
  /** oneDNN's own kernels that passed the test at the start and are used. */
  readonly fastKernels: readonly string[];
}
