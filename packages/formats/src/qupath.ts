import { formatError } from './format-error.js';

/** A position in level-0 pixels, y down. */
export type QuPathPosition = readonly [x: number, y: number];

/** The geometries that annotations have. */
export type QuPathGeometry =
  | { readonly type: 'Point'; readonly coordinates: QuPathPosition }
  | { readonly type: 'MultiPoint' | 'LineString'; readonly coordinates: readonly QuPathPosition[] }
  | { readonly type: 'Polygon' | 'MultiLineString'; readonly coordinates: readonly (readonly QuPathPosition[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly QuPathPosition[])[])[] };

/** An annotation, tile or detection of QuPath. */
export interface QuPathFeature {
  readonly id?: string | undefined;
  readonly geometry: QuPathGeometry;
  readonly objectType: string;
  readonly name?: string | undefined;
  /** Name of its class, derived classes joined by `: `. */
  readonly classification?: string | undefined;
  readonly color?: readonly [red: number, green: number, blue: number] | undefined;
  readonly measurements: Readonly<Record<string, number>>;
  readonly isLocked?: boolean | undefined;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Depth of the arrays of each geometry. */
const DEPTHS: Readonly<Record<string, number>> = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  Polygon: 2,
  MultiLineString: 2,
  MultiPolygon: 3,
};

function isCoordinates(value: unknown, depth: number): boolean {
  if (!Array.isArray(value)) return false;
  if (depth > 0) return value.every((item) => isCoordinates(item, depth - 1));
  return value.length >= 2 && value.every((item) => typeof item === 'number' && Number.isFinite(item));
}

/**
 * Reads the text of a GeoJSON file of QuPath's: a FeatureCollection, one Feature or a bare array, newer and older names of the properties.
 *
 * @throws SlidestreamError `format/geojson`
 */
export function parseQuPath(text: string, file?: string): QuPathFeature[] {
  const fail = (message: string, cause?: unknown): Error => formatError('geojson', message, { file }, undefined, cause);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw fail('the file is not JSON', cause);
  }
  const list = Array.isArray(json)
    ? json
    : isObject(json) && Array.isArray(json.features)
      ? json.features
      : isObject(json) && json.type === 'Feature'
        ? [json]
        : undefined;
  if (list === undefined) throw fail('the file is no FeatureCollection, Feature or array of Features');
  return (list as readonly unknown[]).map((item, index) => {
    const geometry = isObject(item) ? item.geometry : undefined;
    const depth = isObject(geometry) ? DEPTHS[String(geometry.type)] : undefined;
    if (!isObject(item) || !isObject(geometry) || depth === undefined || !isCoordinates(geometry.coordinates, depth)) {
      throw fail(`feature ${index} has no usable geometry`);
    }
    return toFeature(item, geometry as unknown as QuPathGeometry);
  });
}

function toFeature(item: Json, geometry: QuPathGeometry): QuPathFeature {
  const properties = isObject(item.properties) ? item.properties : {};
  const classification = isObject(properties.classification) ? properties.classification : {};
  const names = Array.isArray(classification.names) ? classification.names.map(String).join(': ') : undefined;
  const className = names ?? (typeof classification.name === 'string' ? classification.name : undefined);
  const color = toColor(properties.color) ?? toColor(classification.color) ?? toColor(classification.colorRGB);
  return {
    geometry,
    objectType: String(properties.objectType ?? properties.object_type ?? properties.type ?? 'annotation'),
    measurements: toMeasurements(properties.measurements),
    ...(typeof item.id === 'string' ? { id: item.id } : {}),
    ...(typeof properties.name === 'string' ? { name: properties.name } : {}),
    ...(className === undefined ? {} : { classification: className }),
    ...(color === undefined ? {} : { color }),
    ...(typeof properties.isLocked === 'boolean' ? { isLocked: properties.isLocked } : {}),
  };
}

/** `[r, g, b]`, or the packed integer of older versions. */
function toColor(value: unknown): QuPathFeature['color'] {
  if (Array.isArray(value) && value.length >= 3) return [Number(value[0]), Number(value[1]), Number(value[2])];
  return typeof value === 'number' ? [(value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff] : undefined;
}

/** A dict, or the list of `{name, value}` of older versions. */
function toMeasurements(value: unknown): Record<string, number> {
  const pairs = Array.isArray(value)
    ? value.filter(isObject).map((item) => [String(item.name), item.value] as const)
    : Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(pairs.filter((pair): pair is [string, number] => typeof pair[1] === 'number'));
}

/** The text of a GeoJSON file that QuPath imports. */
export function formatQuPath(features: readonly QuPathFeature[]): string {
  return `${JSON.stringify({
    type: 'FeatureCollection',
    features: features.map(({ id, geometry, objectType, name, classification, color, measurements, isLocked }) => ({
      type: 'Feature',
      ...(id === undefined ? {} : { id }),
      geometry,
      properties: {
        objectType,
        ...(name === undefined ? {} : { name }),
        ...(classification === undefined
          ? color === undefined
            ? {}
            : { color }
          : { classification: { name: classification, ...(color === undefined ? {} : { color }) } }),
        ...(isLocked === undefined ? {} : { isLocked }),
        ...(Object.keys(measurements).length === 0 ? {} : { measurements }),
      },
    })),
  })}\n`;
}
