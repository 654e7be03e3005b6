import { type Module, release } from '@slidestream/tensors';
import { clone, customGrad, engine, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** A piece of a network that keeps its input and nothing else for the way back. */
export interface RecomputedOptions {
  /** Owners of the parameters that `run` uses; every trainable one must be used. */
  readonly modules: readonly Module[];
  /** float32, any shape. */
  readonly input: Tensor;
  /** Whether the gradient by `input` is wanted. */
  readonly wantsInput: boolean;
  /** Must give the same output for the same input whenever it is called. */
  readonly run: (input: Tensor) => Tensor;
}

/**
 * Runs a piece of a network as one operation of tfjs' autograd. Backward runs it again and only then keeps what is inside, so that
 * training needs the memory of all inputs and of one piece; without a gradient to take nothing is kept.
 *
 * @see Chen et al. 2016, Training deep nets with sublinear memory cost
 */
export function recomputed({ modules, input, wantsInput, run }: RecomputedOptions): Tensor {
  if (!engine().isTapeOn()) return tidy(() => run(input));
  const variables = modules.flatMap((module) => [...module.trainable().values()].map(({ variable }) => variable as Tensor));
  const inputs = wantsInput ? [input, ...variables] : variables;
  const operation = customGrad((...args) => {
    const save = args[args.length - 1] as (tensors: Tensor[]) => void;
    if (inputs.length > 0) save([input]);
    const gradFunc = (dy: Tensor, [saved]: Tensor[]): Tensor[] => gradientsOf(run, saved as Tensor, variables, dy, wantsInput);
    return { value: run(input), gradFunc };
  });
  return operation(...inputs);
}

/** A gradient inside a gradient: tfjs has one tape, so the outer one is put aside meanwhile. */
function gradientsOf(run: (input: Tensor) => Tensor, input: Tensor, variables: Tensor[], dy: Tensor, wantsInput: boolean): Tensor[] {
  const { state } = engine();
  const outer = state.activeTape;
  const source = clone(input);
  try {
    const { value, grads } = engine().gradients(() => run(source), wantsInput ? [source, ...variables] : variables, dy);
    release(value);
    return grads;
  } finally {
    state.activeTape = outer;
    release(source);
  }
}

/** Walks tensors through the pieces of a network one by one, and frees each as soon as the next is made. */
export class RecomputedWalk {
  #x: Tensor;
  #wantsInput: boolean;

  constructor(input: Tensor, wantsInput: boolean) {
    this.#x = clone(input);
    this.#wantsInput = wantsInput;
  }

  /** Replaces the walk's tensor by what `run` makes of it. */
  step(modules: readonly Module[], run: (input: Tensor) => Tensor): this {
    return this.stepAsOne(modules, (input, wantsInput) => recomputed({ modules, input, wantsInput, run }));
  }

  /** {@link step} of a piece that is one operation of tfjs' autograd already, and is told whether the gradient by its input is wanted. */
  stepAsOne(modules: readonly Module[], run: (input: Tensor, wantsInput: boolean) => Tensor): this {
    const next = run(this.#x, this.#wantsInput);
    this.#wantsInput ||= modules.some((module) => module.trainable().size > 0);
    release(this.#x);
    this.#x = next;
    return this;
  }

  /** The tensor where the walk stands, owned by the caller. */
  get end(): Tensor {
    return this.#x;
  }
}
