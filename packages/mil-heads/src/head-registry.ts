import type { RandomStream } from '@slidestream/core';
import type { HeadSizes, HeadSpec, MilHead } from './head.js';
import { unknownHead } from './head-errors.js';
import { checkOptions } from './options-schema.js';

/** Name of a head and any of its options, as in a configuration. */
export interface HeadChoice {
  readonly name: string;
  readonly [option: string]: unknown;
}

/** A set of heads as a value: adding one gives a new set. */
export interface HeadRegistry {
  /** Canonical names in order. */
  readonly names: readonly string[];
  /** The spec under a name or alias. @throws SlidestreamError `heads/unknown-name` */
  get(name: string): HeadSpec;
  /** A registry that also has `spec`, instead of one of the same name. */
  with(spec: HeadSpec): HeadRegistry;
  /**
   * Builds a head with fresh weights.
   *
   * @throws SlidestreamError `heads/unknown-name`, `heads/unknown-option`, `heads/bad-option`
   */
  build(choice: HeadChoice, sizes: HeadSizes, random: RandomStream): MilHead;
}

/**
 * A registry of `specs`.
 *
 * @example
 * ```ts
 * const mine = createHeadRegistry([abmil, abmilx]).with(myHead);
 * const head = mine.build({ name: 'my-head', k: 8 }, { inputDim: 1024, classes: 2 }, randomStream(2021));
 * ```
 */
export function createHeadRegistry(specs: readonly HeadSpec[]): HeadRegistry {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const aliases = new Map([...byName.values()].flatMap((spec) => (spec.aliases ?? []).map((alias) => [alias, spec] as const)));
  const names = Object.freeze([...byName.keys()]);
  const get = (name: string): HeadSpec => {
    const spec = byName.get(name) ?? aliases.get(name);
    if (spec === undefined) throw unknownHead(name, names);
    return spec;
  };
  return Object.freeze({
    names,
    get,
    with: (spec: HeadSpec) => createHeadRegistry([...[...byName.values()].filter(({ name }) => name !== spec.name), spec]),
    build: ({ name, ...options }: HeadChoice, sizes: HeadSizes, random: RandomStream) => {
      const spec = get(name);
      return spec.build({ sizes, options: checkOptions(spec, options), random });
    },
  });
}
