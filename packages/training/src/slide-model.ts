import type { Encoder } from '@slidestream/backbones';
import type { MilHead } from '@slidestream/mil-heads';
import { Module, type Parameter } from '@slidestream/tensors';

/** A model from instances to slide logits: an encoder and a head trained together, or a head on features. */
export abstract class SlideModel extends Module {
  /** `null` where bags are features already. */
  abstract readonly encoder: Encoder | null;
  abstract readonly head: MilHead;
  /** Whether the encoder runs in evaluation mode and without gradient, always. */
  abstract readonly encoderFrozen: boolean;
}

/** Options of {@link endToEnd}. */
export interface EndToEndOptions {
  readonly encoder: Encoder;
  readonly head: MilHead;
  /** Keep the encoder as it is: evaluation mode, no gradient; default `false`. */
  readonly freezeEncoder?: boolean | undefined;
}

/**
 * Encoder and head as one model, whose state dict is `encoder.*` and `mil.*`, as the reference's end-to-end checkpoints.
 *
 * @example
 * ```ts
 * const model = endToEnd({ encoder: encoders.build({ name: 'r18', random }), head: heads.build({ name: 'abmilx' }, sizes, random) });
 * ```
 */
export function endToEnd(options: EndToEndOptions): SlideModel {
  return new EndToEnd(options);
}

/** A head on feature bags; the state dict is the head's own, without prefix, as the reference's feature checkpoints. */
export function onFeatures(head: MilHead): SlideModel {
  return new OnFeatures(head);
}

class EndToEnd extends SlideModel {
  readonly encoder: Encoder;
  readonly head: MilHead;
  readonly encoderFrozen: boolean;

  constructor({ encoder, head, freezeEncoder = false }: EndToEndOptions) {
    super();
    this.encoder = this.child('encoder', encoder);
    this.head = this.child('mil', head);
    this.encoderFrozen = freezeEncoder;
    if (freezeEncoder) for (const parameter of encoder.named().values()) parameter.trainable = false;
  }
}

class OnFeatures extends SlideModel {
  readonly encoder = null;
  readonly head: MilHead;
  readonly encoderFrozen = false;

  constructor(head: MilHead) {
    super();
    this.head = head;
  }

  override named(prefix = ''): Map<string, Parameter> {
    return this.head.named(prefix);
  }
}
