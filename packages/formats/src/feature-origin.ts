import type { DType } from '@slidestream/core';
import type { FeatureOrigin, FeatureSystem } from './feature-bag.js';
import { isReads, isTypedAttributes, originError, parseOriginText } from './tile-coords.js';

const SYSTEMS: readonly FeatureSystem[] = ['slidestream', 'clam', 'trident', 'stamp', 'atlaspatch', 'slide2vec', 'slideflow'];
const FEATURE_TYPES: readonly string[] = ['float32', 'float16', 'bfloat16', 'float64'];
const COORD_TYPES: readonly unknown[] = [null, 'int64', 'int32', 'int16', 'float32', 'float64'];

/** The origin of features that stands in a file of ours. @throws SlidestreamError `format/origin` */
export function parseFeatureOrigin(text: string, path: string): FeatureOrigin {
  const { system, dataset, featureType, coordsType, attributes, reads, sidecar } = parseOriginText(text, path);
  const { file, features, coords } = (typeof attributes === 'object' && attributes !== null ? attributes : {}) as Record<string, unknown>;
  if (
    !SYSTEMS.includes(system as FeatureSystem) ||
    typeof dataset !== 'string' ||
    !FEATURE_TYPES.includes(featureType as string) ||
    !COORD_TYPES.includes(coordsType) ||
    !isTypedAttributes(file) ||
    !isTypedAttributes(features) ||
    !isTypedAttributes(coords) ||
    !isReads(reads) ||
    (sidecar !== undefined && typeof sidecar !== 'string')
  ) {
    throw originError(path);
  }
  return {
    system: system as FeatureSystem,
    dataset,
    featureType: featureType as DType,
    coordsType: coordsType as DType | null,
    attributes: { file, features, coords },
    ...(reads === undefined ? {} : { reads }),
    ...(sidecar === undefined ? {} : { sidecar: sidecar as string }),
  };
}

/** An origin of a file that has no attributes. */
export function plainOrigin(system: FeatureSystem, featureType: DType, coordsType: DType | null = null): FeatureOrigin {
  return { system, dataset: 'features', featureType, coordsType, attributes: { file: {}, features: {}, coords: {} } };
}
