import { engine, keep, type Tensor } from '@tensorflow/tfjs-core';

/** As tfjs' `tidy`, for a function that waits for what it reads: nothing else may make tensors meanwhile. */
export async function inScope<T>(run: () => Promise<T>): Promise<T> {
  engine().startScope();
  try {
    return await run();
  } finally {
    engine().endScope();
  }
}

/** A tensor's values, asked for before the scope that made it ends. */
export async function readBack(tensor: Tensor): Promise<ArrayLike<number>> {
  const kept = keep(tensor.clone());
  try {
    return await kept.data();
  } finally {
    kept.dispose();
  }
}
