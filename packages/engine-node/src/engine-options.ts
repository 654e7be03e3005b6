/**
 * What computes: libtensorflow on the CPU or on CUDA, any vendor's GPU through WebGPU (Dawn), or WebAssembly. The last two need no
 * TensorFlow and run the portable kernels.
 */
export type Device = 'cpu' | 'cuda' | 'webgpu' | 'wasm';

/** How the engine is to run. */
export interface EngineOptions {
  /** `cuda` and `webgpu` refuse to start without a GPU; `cpu` hides GPUs; left out, TensorFlow with a CUDA GPU when there is one. */
  readonly device?: Device | undefined;
  /** Threads of one operation of `cpu`; left out, one per core. Another count may give other last bits. */
  readonly threads?: number | undefined;
  /** Refuse kernels whose result depends on timing (CUDA's; the others are deterministic). */
  readonly deterministic?: boolean | undefined;
}

/** What was started. */
export interface EngineInfo {
  readonly device: Device;
  /** The processor or GPU, as its driver calls it. */
  readonly deviceName: string;
  /** Of libtensorflow, `2.20.0`; `null` where the portable kernels run. */
  readonly tensorflowVersion: string | null;
  /** Of the npm package, `4.22.0`. */
  readonly tfjsVersion: string;
  /** Threads asked for; `null` = one per core. */
  readonly threads: number | null;
  readonly deterministic: boolean;
  /** oneDNN's own kernels that passed the test at the start and are used. */
  readonly fastKernels: readonly string[];
  /** Kernels of training that this device does not have: without them it predicts, and trains heads on features. */
  readonly lacks: readonly string[];
}
