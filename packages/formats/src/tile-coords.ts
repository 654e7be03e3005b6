import type { DType } from '@slidestream/core';
import { formatError } from './format-error.js';
import type { AttributeType, AttributeValue, TypedAttribute, TypedAttributes } from './hdf5-attributes.js';
import type { TileFacts } from './tile-facts.js';

/** Systems whose files of tile coordinates are read and written. */
export type CoordsSystem = 'slidestream' | 'clam' | 'trident' | 'atlaspatch' | 'hs2p' | 'wsinfer';

/** What another system's file says beside the corners, kept so that it can be written again as it was. */
export interface CoordsOrigin {
  readonly system: CoordsSystem;
  readonly coordsType: DType;
  /** Attributes of the file and of its coordinates, with their types. */
  readonly file: TypedAttributes;
  readonly coords: TypedAttributes;
  /** AtlasPatch: width, height and level of what is read for a tile; one triple where all tiles are alike, else one a tile. */
  readonly reads?: readonly number[] | undefined;
  /** hs2p: the text of the JSON beside the file. */
  readonly sidecar?: string | undefined;
}

/** Where the tiles of one slide lie, whoever laid them. */
export interface TileCoords {
  readonly slide: string;
  /** Level-0 top-left corners, flat [x0, y0, x1, y1, …]. */
  readonly coords: Float64Array;
  readonly facts: TileFacts;
  /** Share of tissue per tile, where known. */
  readonly tissueFractions: Float32Array | null;
  /** Of ours: the tile of the lower scale that each lies in. */
  readonly parents?: Int32Array | undefined;
  /** `null` for tiles that no other system laid. */
  readonly origin: CoordsOrigin | null;
}

const SYSTEMS: readonly CoordsSystem[] = ['slidestream', 'clam', 'trident', 'atlaspatch', 'hs2p', 'wsinfer'];
const TYPES: readonly AttributeType[] = ['int64', 'int32', 'int16', 'int8', 'uint8', 'float64', 'float32', 'text'];
const COORD_TYPES: readonly string[] = ['int64', 'int32', 'int16', 'float32', 'float64'];

/** Longest text of an origin that is read back. */
const MAX_TEXT = 1 << 26;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isValue(value: unknown): value is AttributeValue {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'number');
  return typeof value === 'string' || typeof value === 'number';
}

function isAttribute(item: unknown): item is TypedAttribute {
  if (!isObject(item) || !TYPES.includes(item.type as AttributeType) || !isValue(item.value)) return false;
  return (item.type === 'text') === (typeof item.value === 'string');
}

/** Whether a value from a JSON text is a set of attributes. */
export function isTypedAttributes(value: unknown): value is TypedAttributes {
  return isObject(value) && Object.values(value).every(isAttribute);
}

/** Whether a value from a JSON text is AtlasPatch's sizes of what is read. */
export function isReads(value: unknown): value is readonly number[] | undefined {
  return value === undefined || (Array.isArray(value) && value.length % 3 === 0 && value.every((item) => Number.isInteger(item)));
}

/** JSON of an origin, whose text comes from a file. @throws SlidestreamError `format/origin` */
export function parseOriginText(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const origin: unknown = text.length > MAX_TEXT ? undefined : JSON.parse(text);
    if (isObject(origin)) return origin;
  } catch {
    // Falls through to the refusal.
  }
  throw originError(file);
}

/** The refusal of an origin that is none. */
export function originError(file: string): Error {
  return formatError('origin', 'what the file says of where it comes from is damaged', { file }, 'Convert it again from its source');
}

/** The origin that stands in a file of ours. @throws SlidestreamError `format/origin` */
export function parseCoordsOrigin(text: string, path: string): CoordsOrigin {
  const { system, coordsType, file, coords, reads, sidecar } = parseOriginText(text, path);
  if (
    !SYSTEMS.includes(system as CoordsSystem) ||
    !COORD_TYPES.includes(coordsType as string) ||
    !isTypedAttributes(file) ||
    !isTypedAttributes(coords) ||
    !isReads(reads) ||
    (sidecar !== undefined && typeof sidecar !== 'string')
  ) {
    throw originError(path);
  }
  return {
    system: system as CoordsSystem,
    coordsType: coordsType as DType,
    file,
    coords,
    ...(reads === undefined ? {} : { reads }),
    ...(sidecar === undefined ? {} : { sidecar: sidecar as string }),
  };
}
