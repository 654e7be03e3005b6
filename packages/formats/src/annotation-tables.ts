import { formatError } from './format-error.js';
import type { QuPathFeature, QuPathFile, QuPathPosition } from './qupath.js';

/** A table as rows of fields, the header first. */
export type FieldRows = readonly (readonly string[])[];

type Ring = readonly QuPathPosition[];

function columnsOf(rows: FieldRows, names: readonly string[], file: string | undefined): readonly number[] {
  const header = rows[0] ?? [];
  return names.map((name) => {
    const at = header.indexOf(name);
    if (at >= 0) return at;
    throw formatError('annotation-table', `the table has no column ${name}`, { file, line: 1 }, `It has ${header.slice(0, 12).join(', ')}`);
  });
}

function numberAt(row: readonly string[], column: number, line: number, file: string | undefined): number {
  const text = row[column]?.trim() ?? '';
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw formatError('annotation-table', `${JSON.stringify(text)} is no number`, { file, line });
}

/**
 * wsinfer's `model-outputs-csv/{slide}.csv` (`minx, miny, width, height, prob_…`) as tiles with measurements, corners in wsinfer's own order.
 *
 * @throws SlidestreamError `format/annotation-table`
 */
export function tilesOfWsinfer(rows: FieldRows, file?: string): QuPathFeature[] {
  const places = columnsOf(rows, ['minx', 'miny', 'width', 'height'], file);
  const header = rows[0] as readonly string[];
  const probabilities = [...header.keys()].filter((column) => (header[column] as string).startsWith('prob_'));
  if (probabilities.length === 0) throw formatError('annotation-table', 'no column begins with prob_', { file, line: 1 });
  return rows.slice(1).map((row, index) => {
    const at = (column: number): number => numberAt(row, column, index + 2, file);
    const [x, y, width, height] = places.map(at) as [number, number, number, number];
    const [right, bottom] = [x + width, y + height];
    const corners: Ring = [
      [right, y],
      [right, bottom],
      [x, bottom],
      [x, y],
      [right, y],
    ];
    return {
      geometry: { type: 'Polygon', coordinates: [corners] },
      objectType: 'tile',
      isLocked: true,
      measurements: Object.fromEntries(probabilities.map((column) => [header[column] as string, at(column)])),
    };
  });
}

/**
 * Tiles as wsinfer's table; every measurement becomes a column, `prob_` before its name where it lacks it.
 *
 * @throws SlidestreamError `format/annotation-kind` for objects that are no upright rectangles or have other measurements than the first
 */
export function wsinferRows(features: readonly QuPathFeature[], file?: string): FieldRows {
  const names = Object.keys(features[0]?.measurements ?? {});
  const header = ['minx', 'miny', 'width', 'height', ...names.map((name) => (name.startsWith('prob_') ? name : `prob_${name}`))];
  const rows = features.map((feature, index) => {
    const { x, y, width, height } = boxOf(feature, index, file);
    const values = names.map((name) => feature.measurements[name]);
    if (values.includes(undefined) || Object.keys(feature.measurements).length !== names.length)
      throw kindError(`object ${index} has other measurements than the first`, file);
    return [x, y, width, height, ...values].map(String);
  });
  return [header, ...rows];
}

function kindError(message: string, file: string | undefined): Error {
  return formatError('annotation-kind', message, { file });
}

function boxOf({ geometry }: QuPathFeature, index: number, file: string | undefined) {
  const ring: Ring = geometry.type === 'Polygon' && geometry.coordinates.length === 1 ? (geometry.coordinates[0] as Ring) : [];
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  const [x, y, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  const upright = ring.length === 5 && ring.every(([px, py]) => (px === x || px === right) && (py === y || py === bottom));
  if (!upright) throw kindError(`object ${index} is no upright rectangle`, file);
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * slideflow's regions of interest (`roi_name, x_base, y_base[, label]`, one row a corner) as annotations.
 *
 * @throws SlidestreamError `format/annotation-table`
 */
export function annotationsOfSlideflow(rows: FieldRows, file?: string): QuPathFeature[] {
  const [nameAt, xAt, yAt] = columnsOf(rows, ['roi_name', 'x_base', 'y_base'], file) as [number, number, number];
  const labelAt = (rows[0] as readonly string[]).indexOf('label');
  const regions = new Map<string, { readonly corners: QuPathPosition[]; readonly label: string }>();
  for (const [index, row] of rows.slice(1).entries()) {
    const name = row[nameAt] ?? '';
    const corner: QuPathPosition = [numberAt(row, xAt, index + 2, file), numberAt(row, yAt, index + 2, file)];
    const region = regions.get(name);
    if (region === undefined) regions.set(name, { corners: [corner], label: labelAt < 0 ? '' : (row[labelAt] ?? '') });
    else region.corners.push(corner);
  }
  return Array.from(regions, ([name, { corners, label }]) => {
    const [first, last] = [corners[0] as QuPathPosition, corners.at(-1) as QuPathPosition];
    const closed = corners.length > 1 && first[0] === last[0] && first[1] === last[1];
    const ring = closed ? corners : [...corners, first];
    if (ring.length < 4) throw formatError('annotation-table', `region ${name} has fewer than three corners`, { file });
    return {
      geometry: { type: 'Polygon', coordinates: [ring] },
      objectType: 'annotation',
      name,
      measurements: {},
      ...(label === '' ? {} : { classification: label }),
      ...(closed ? { other: { closed: true } } : {}),
    };
  });
}

/**
 * Annotations as slideflow's table; a MultiPolygon becomes one region a part.
 *
 * @throws SlidestreamError `format/annotation-kind` for holes, which slideflow's table has no word for, and for what is no area
 */
export function slideflowRows(features: readonly QuPathFeature[], file?: string): FieldRows {
  const labelled = features.some(({ classification }) => classification !== undefined);
  const regions = features.flatMap((feature, index) => {
    const { geometry } = feature;
    const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
    if (parts.length === 0) throw kindError(`object ${index} is a ${geometry.type} and no area`, file);
    return parts.map((rings, part) => {
      if (rings.length !== 1) throw kindError(`object ${index} has a hole`, file);
      const name = `${feature.name ?? `ROI_${index}`}${parts.length === 1 ? '' : `_${part}`}`;
      return { name, ring: rings[0] as Ring, label: feature.classification ?? '', closed: feature.other?.closed === true };
    });
  });
  const names = new Set(regions.map(({ name }) => name));
  if (names.size !== regions.length) throw kindError('two objects have the same name', file);
  const rows = regions.flatMap(({ name, ring, label, closed }) =>
    (closed ? ring : ring.slice(0, -1)).map(([x, y]) => [name, String(x), String(y), ...(labelled ? [label] : [])]),
  );
  return [['roi_name', 'x_base', 'y_base', ...(labelled ? ['label'] : [])], ...rows];
}

/** EPSG:3857 is what TRIDENT's writer puts there; it means nothing, as coordinates are pixels. */
const TRIDENT_CRS = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::3857' } };

/** Annotations as the text of TRIDENT's `contours_geojson/{slide}.geojson`: geometries with a `tissue_id` each, no other word of QuPath's. */
export function formatTridentContours({ features, members }: QuPathFile, slide: string): string {
  const list = features.map(({ geometry, other }, index) => ({
    type: 'Feature',
    properties: other?.tissue_id === undefined ? { tissue_id: index, ...other } : other,
    geometry,
  }));
  return `${JSON.stringify({ type: 'FeatureCollection', name: slide, crs: TRIDENT_CRS, ...members, features: list })}\n`;
}
