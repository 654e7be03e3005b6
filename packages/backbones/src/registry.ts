import { type RandomStream, SlidestreamError } from '@slidestream/core';
import { type ChannelOrder, inChannelOrder } from './channel-order.js';
import { chief } from './chief.js';
import { convNeXtTiny } from './convnext.js';
import { efficientNetLite0 } from './efficientnet-lite0.js';
import type { Encoder, EncoderSpec } from './encoder.js';
import { gigap } from './gigapath.js';
import { nearest } from './nearest.js';
import { r18, r18a } from './r18.js';
import { r34 } from './r34.js';
import { r50, r50v2 } from './r50.js';
import { r101 } from './r101.js';
import { uni } from './uni.js';
import { dinov2s, vits } from './vits.js';

/** An encoder by name. */
export interface EncoderChoice {
  readonly name: string;
  /** Order in which the tiles' channels stood where its weights were trained; default `rgb`. */
  readonly channelOrder?: ChannelOrder | undefined;
}

/** Encoders by name: an immutable value. */
export interface EncoderRegistry {
  readonly names: readonly string[];
  /** @throws SlidestreamError `encoders/unknown-name` */
  get(name: string): EncoderSpec;
  /** This registry and one more. @throws SlidestreamError `encoders/duplicate-name` */
  with(spec: EncoderSpec): EncoderRegistry;
  /** A fresh encoder. @throws SlidestreamError `encoders/unknown-name` */
  build(choice: EncoderChoice, random: RandomStream): Encoder;
}

/**
 * A registry of `specs`.
 *
 * @throws SlidestreamError `encoders/duplicate-name` when two have one name
 */
export function createEncoderRegistry(specs: readonly EncoderSpec[]): EncoderRegistry {
  const byName = new Map<string, EncoderSpec>();
  for (const spec of specs) {
    if (byName.has(spec.name)) {
      throw new SlidestreamError({
        code: 'encoders/duplicate-name',
        category: 'usage',
        message: `there are two encoders named "${spec.name}"`,
        hint: 'Give yours a name of its own',
      });
    }
    byName.set(spec.name, spec);
  }
  const names = Object.freeze([...byName.keys()]);
  const get = (name: string): EncoderSpec => byName.get(name) ?? unknown(name, names);
  return Object.freeze({
    names,
    get,
    with: (spec: EncoderSpec) => createEncoderRegistry([...specs, spec]),
    build: ({ name, channelOrder = 'rgb' }: EncoderChoice, random: RandomStream) =>
      inChannelOrder(get(name), channelOrder).build({ random }),
  });
}

/** The encoders that come with Slidestream. */
export const encoders: EncoderRegistry = createEncoderRegistry([
  ...[r18, r18a, r34, r50, r50v2, r101, efficientNetLite0, convNeXtTiny],
  ...[uni, gigap, chief, ...vits, ...dinov2s],
]);

function unknown(name: string, names: readonly string[]): never {
  const close = nearest(name, names);
  throw new SlidestreamError({
    code: 'encoders/unknown-name',
    category: 'usage',
    message: `there is no encoder "${name}"; known: ${names.join(', ')}`,
    hint: close === undefined ? 'slidestream list encoders shows them' : `Did you mean "${close}"?`,
  });
}
