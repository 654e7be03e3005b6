import type { FeatureBag, FeatureOrigin, FeatureSystem } from './feature-bag.js';
import { formatError } from './format-error.js';
import { typed } from './hdf5-attributes.js';
import { type AttributePlace, atlasPatchAttributes, stampAttributes, tridentAttributes } from './system-attributes.js';
import { factsOfAttributes, joined, need, type SlideFacts, type TileFacts } from './tile-facts.js';

/** What the coordinates of a file mean that does not say it; `stamp-v1`: 224 of them are 256 µm. */
export type SaidUnit = 'px' | 'um' | 'stamp-v1';

/** What {@link bagFor} is told beside a bag. */
export interface BagForOptions {
  /** What the bag does not say of its slide. */
  readonly facts?: SlideFacts | undefined;
  /** Unit of coordinates where the bag does not say it. */
  readonly unit?: SaidUnit | undefined;
  /** Name of the encoder where the bag does not say it. */
  readonly encoder?: string | undefined;
  /** The slide's id and the folder that it goes to, which some systems write down. */
  readonly place: AttributePlace;
}

/** Name of the encoder that made a bag's features, where the bag says it. */
export function encoderOf({ attributes, origin }: FeatureBag): string | undefined {
  const said = attributes.encoder ?? attributes.extractor ?? (origin?.system === 'atlaspatch' ? origin.dataset : undefined);
  return typeof said === 'string' && said !== '' ? said : undefined;
}

/**
 * The bag as another system would keep it: coordinates in its unit, its attributes. A bag that came from that system is left as it is.
 *
 * @throws SlidestreamError `format/facts-missing` when the system keeps something that nobody said, `format/features-unit`
 */
export function bagFor(bag: FeatureBag, system: FeatureSystem, options: BagForOptions): FeatureBag {
  if (bag.origin?.system === system || system === 'slidestream') return bag;
  const { place } = options;
  const facts = joined(factsOfAttributes(bag.attributes), options.facts);
  const placed = placesIn(bag, facts, { system, unit: options.unit, file: place.file });
  const encoder = options.encoder ?? encoderOf(bag);
  const base = { system, dataset: 'features', featureType: 'float32', attributes: { file: {}, features: {}, coords: {} } } as const;
  const named = (who: string): string => {
    if (encoder !== undefined) return encoder;
    throw formatError('facts-missing', `${who} keeps the name of the encoder`, { file: place.file }, 'Name it: --encoder');
  };
  const withOrigin = (origin: FeatureOrigin): FeatureBag => ({ ...placed, origin });
  switch (system) {
    case 'trident': {
      const features = typed({ name: place.slide, savetodir: place.folder, encoder: named('TRIDENT') });
      const coords = bag.coords === null ? {} : tridentAttributes(facts, place);
      return withOrigin({ ...base, coordsType: 'int64', attributes: { file: {}, features, coords } });
    }
    case 'stamp': {
      const file = stampAttributes(facts, place, named('STAMP'));
      const attributes = { file, features: {}, coords: {} };
      return withOrigin({ ...base, dataset: 'feats', featureType: 'float16', coordsType: 'float32', attributes });
    }
    case 'atlaspatch': {
      const size = Math.round(need(facts, 'sizeLevel0Px', 'AtlasPatch', place.file));
      const attributes = { file: atlasPatchAttributes(facts, place, bag.count), features: {}, coords: {} };
      return withOrigin({ ...base, dataset: named('AtlasPatch'), coordsType: 'int32', attributes, reads: [size, size, 0] });
    }
    default:
      return withOrigin({ ...base, coordsType: system === 'clam' ? 'int32' : 'int64' });
  }
}

interface PlaceOptions {
  readonly system: FeatureSystem;
  readonly unit: SaidUnit | undefined;
  readonly file: string | undefined;
}

/** The bag with corners in pixels of level 0 (STAMP: in µm; slideflow: middles), as `system` keeps them. */
function placesIn(bag: FeatureBag, facts: TileFacts, { system, unit, file }: PlaceOptions): FeatureBag {
  if (bag.coords === null) return bag;
  const from = bag.coordsUnit ?? unit;
  if (from === undefined) {
    const hint = 'Say it: --coords-unit px, um or stamp-v1';
    throw formatError('features-unit', 'the file does not say what its coordinates count', { file }, hint);
  }
  const to = system === 'stamp' ? 'um' : 'px';
  const scale = from === 'px' ? 1 : 1 / need(facts, 'slideMpp', 'the conversion', file);
  const unscale = to === 'px' ? 1 : from === 'um' || from === 'stamp-v1' ? 1 / scale : need(facts, 'slideMpp', 'STAMP', file);
  const factor = scale * unscale * (from === 'stamp-v1' ? 256 / 224 : 1);
  const centred = bag.coordsAnchor === 'centre';
  const shift = centred === (system === 'slideflow') ? 0 : need(facts, 'sizeLevel0Px', system, file) / 2;
  const coords = bag.coords.map((value) => {
    const corner = value * factor + (centred ? -shift : shift) * (to === 'um' ? unscale : 1);
    return to === 'px' ? Math.round(corner) : corner;
  });
  const { coordsAnchor: _, ...rest } = bag;
  return { ...rest, coords, coordsUnit: to, ...(system === 'slideflow' ? { coordsAnchor: 'centre' as const } : {}) };
}
