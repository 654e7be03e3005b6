import { createRequire } from 'node:module';
import type * as OpenCv from '@techstark/opencv-js';

/** The functions of OpenCV that tiling uses. */
export type Cv = typeof OpenCv;

/** Something in WebAssembly memory that the garbage collector does not see. */
interface Deletable {
  delete(): void;
}

let loading: Promise<{ readonly cv: Cv }> | undefined;

/**
 * OpenCV compiled to WebAssembly, loaded once on first use (0.2–0.5 s, 10 MB).
 * In a box, because the module has a `then` of its own that would never let a promise resolve.
 */
export function loadOpenCv(): Promise<{ readonly cv: Cv }> {
  loading ??= load();
  return loading;
}

async function load(): Promise<{ readonly cv: Cv }> {
  // Emscripten's start-up listens for every uncaught error of the process and aborts; these listeners are not ours to keep.
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'uncaughtException'));
  // Required, not imported: a tool that wraps the module's exports would take its `then` for a promise's and wait for ever.
  const cv = createRequire(import.meta.url)('@techstark/opencv-js') as Cv & { onRuntimeInitialized?: () => void };
  if (typeof cv.Mat !== 'function') {
    await new Promise<void>((resolve) => {
      cv.onRuntimeInitialized = () => resolve();
    });
  }
  for (const [i, event] of events.entries()) {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[i]?.includes(listener)) process.removeListener(event, listener);
    }
  }
  return { cv };
}

/** Runs `work` with a keeper of WebAssembly objects and deletes all that it was given, also when `work` throws. */
export function withMats<T>(work: (keep: <M extends Deletable>(mat: M) => M) => T): T {
  const kept: Deletable[] = [];
  try {
    return work((mat) => {
      kept.push(mat);
      return mat;
    });
  } finally {
    for (const mat of kept.reverse()) mat.delete();
  }
}
