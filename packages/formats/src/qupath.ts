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
  /** Of its class, or where it has none its own. */
  readonly color?: readonly [red: number, green: number, blue: number] | undefined;
  /** Its own, beside the one of its class. */
  readonly ownColor?: readonly [red: number, green: number, blue: number] | undefined;
  readonly measurements: Readonly<Record<string, number>>;
  readonly isLocked?: boolean | undefined;
  /** Of a cell. */
  readonly nucleusGeometry?: QuPathGeometry | undefined;
  /** Objects inside this one. */
  readonly children?: readonly QuPathFeature[] | undefined;
  /** Properties that have no word here (`metadata`, `isMissing`, those of other tools), as they are. */
  readonly other?: Readonly<Record<string, unknown>> | undefined;
}

/** A file of annotations: its objects, and what stands beside them (`name`, `crs`). */
export interface QuPathFile {
  readonly features: readonly QuPathFeature[];
  readonly members: Readonly<Record<string, unknown>>;
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

/** Objects inside objects that are followed: QuPath's own trees are a few deep. */
const MAX_DEPTH = 64;

/**
 * Reads the text of a GeoJSON file of QuPath's: a FeatureCollection, one Feature or a bare array, newer and older names of the properties.
 *
 * @throws SlidestreamError `format/geojson`
 */
export function parseQuPath(text: string, file?: string): QuPathFeature[] {
  return [...parseQuPathFile(text, file).features];
}

/**
 * Reads a GeoJSON file as {@link parseQuPath} does, with what stands beside the objects.
 *
 * @throws SlidestreamError `format/geojson`
 */
export function parseQuPathFile(text: string, file?: string): QuPathFile {
  const fail: Fail = (message, cause) => formatError('geojson', message, { file }, undefined, cause);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw fail('the file is not JSON', cause);
  }
  if (isObject(json) && Array.isArray(json.features)) {
    const { type: _, features, ...members } = json;
    return { features: toFeatures(features as readonly unknown[], fail, 0), members };
  }
  const list = Array.isArray(json) ? (json as readonly unknown[]) : isObject(json) && json.type === 'Feature' ? [json] : undefined;
  if (list === undefined) throw fail('the file is no FeatureCollection, Feature or array of Features');
  return { features: toFeatures(list, fail, 0), members: {} };
}

type Fail = (message: string, cause?: unknown) => Error;

function isGeometry(value: unknown): value is QuPathGeometry {
  const depth = isObject(value) ? DEPTHS[String(value.type)] : undefined;
  return depth !== undefined && isCoordinates((value as Json).coordinates, depth);
}

function toFeatures(list: readonly unknown[], fail: Fail, depth: number): QuPathFeature[] {
  if (depth > MAX_DEPTH) throw fail(`objects lie in each other more than ${MAX_DEPTH} deep`);
  return list.map((item, index) => {
    if (!isObject(item) || !isGeometry(item.geometry)) throw fail(`feature ${index} has no usable geometry`);
    return toFeature(item, item.geometry, (children) => toFeatures(children, fail, depth + 1));
  });
}

/** Properties that are words of {@link QuPathFeature}, under all their names. */
const KNOWN = new Set('objectType object_type type name color classification measurements isLocked childObjects'.split(' '));

function toFeature(item: Json, geometry: QuPathGeometry, inner: (list: readonly unknown[]) => QuPathFeature[]): QuPathFeature {
  const properties = isObject(item.properties) ? item.properties : {};
  const classification = isObject(properties.classification) ? properties.classification : {};
  const names = Array.isArray(classification.names) ? classification.names.map(String).join(': ') : undefined;
  const className = names ?? (typeof classification.name === 'string' ? classification.name : undefined);
  const classColor = toColor(classification.color) ?? toColor(classification.colorRGB);
  const own = toColor(properties.color);
  const color = classColor ?? own;
  const other = Object.fromEntries(Object.entries(properties).filter(([name]) => !KNOWN.has(name)));
  return {
    geometry,
    objectType: String(properties.objectType ?? properties.object_type ?? properties.type ?? 'annotation'),
    measurements: toMeasurements(properties.measurements),
    ...(typeof item.id === 'string' ? { id: item.id } : {}),
    ...(typeof properties.name === 'string' ? { name: properties.name } : {}),
    ...(className === undefined ? {} : { classification: className }),
    ...(color === undefined ? {} : { color }),
    ...(own === undefined || className === undefined ? {} : { ownColor: own }),
    ...(typeof properties.isLocked === 'boolean' ? { isLocked: properties.isLocked } : {}),
    ...(isGeometry(item.nucleusGeometry) ? { nucleusGeometry: item.nucleusGeometry } : {}),
    ...(Array.isArray(properties.childObjects) ? { children: inner(properties.childObjects as readonly unknown[]) } : {}),
    ...(Object.keys(other).length === 0 ? {} : { other }),
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
export function formatQuPath(features: readonly QuPathFeature[], members: QuPathFile['members'] = {}): string {
  return `${JSON.stringify({ type: 'FeatureCollection', ...members, features: features.map(fromFeature) })}\n`;
}

/** One object as GeoJSON. */
function fromFeature(feature: QuPathFeature): Json {
  const { id, geometry, objectType, name, classification, color, ownColor, measurements, isLocked, nucleusGeometry, children, other } =
    feature;
  const own = classification === undefined ? color : ownColor;
  const properties = {
    objectType,
    name,
    color: own,
    classification: classification === undefined ? undefined : { ...className(classification), color: color === own ? undefined : color },
    isLocked,
    measurements: Object.keys(measurements).length === 0 ? undefined : measurements,
    childObjects: children?.map(fromFeature),
    ...other,
  };
  return { type: 'Feature', id, geometry, nucleusGeometry, properties };
}

/** QuPath writes a derived class as the list of its names. */
function className(classification: string): Json {
  return classification.includes(': ') ? { names: classification.split(': ') } : { name: classification };
}
