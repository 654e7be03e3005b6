import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { parseQuPath, type QuPathFeature, type QuPathPosition } from '@slidestream/formats';
import { regionsOfClasses, type TileRegion } from '@slidestream/tiling';

/** Annotations that decide which tiles are kept. */
export interface TileAnnotations {
  /** A GeoJSON file, or a folder with `{slide}.geojson` for every slide. */
  readonly path: string;
  /** Keep only tiles whose centre lies in a region of these classes. */
  readonly include?: readonly string[] | undefined;
  /** Leave out tiles whose centre lies in a region of these classes. */
  readonly exclude?: readonly string[] | undefined;
}

/** Largest annotation file that is read: a million points are about 40 MB. */
const MAX_BYTES = 512e6;

const EXTENSIONS = ['.geojson', '.json'];

/**
 * The regions of a slide's annotations that its tiles are chosen by. A slide without a file has none to leave tiles out by; where regions
 * are to be included, it cannot be tiled.
 *
 * @throws SlidestreamError `tile/no-annotations`, `tile/bad-annotation`, `format/geojson`, `io/*`
 */
export async function slideRegions(
  options: TileAnnotations,
  slide: string,
): Promise<{ readonly include?: readonly TileRegion[]; readonly exclude: readonly TileRegion[] }> {
  const file = await findAnnotations(options.path, slide);
  if (file === null) {
    if (options.include === undefined) return { exclude: [] };
    throw new SlidestreamError({
      code: 'tile/no-annotations',
      category: 'data',
      message: 'only annotated regions are to be tiled, and the slide has no annotations',
      where: { slide, file: options.path },
      hint: `${slide}.geojson was looked for`,
    });
  }
  const regions = parseQuPath(await textOf(file), file).flatMap((feature) => regionsOf(feature, file));
  return {
    ...(options.include === undefined ? {} : { include: regionsOfClasses(regions, options.include) }),
    exclude: regionsOfClasses(regions, options.exclude ?? []),
  };
}

async function findAnnotations(path: string, slide: string): Promise<string | null> {
  const found = await stat(path).catch((error: unknown) => {
    throw ioError(error, path);
  });
  if (!found.isDirectory()) return path;
  for (const extension of EXTENSIONS) {
    const file = join(path, `${slide}${extension}`);
    const there = await stat(file).then(
      (stats) => stats.isFile(),
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw ioError(error, file);
      },
    );
    if (there) return file;
  }
  return null;
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw badAnnotation(`is larger than ${MAX_BYTES / 1e6} MB`, file);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof SlidestreamError) throw error;
    throw ioError(error, file);
  }
}

/** Areas that a person drew: points, lines, and objects that were detected are none. */
function regionsOf({ geometry, objectType, classification, name }: QuPathFeature, file: string): TileRegion[] {
  if (objectType !== 'annotation' && objectType !== 'tmaCore') return [];
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
  return polygons.map(([outer = [], ...holes]) => ({
    className: classification ?? name ?? '',
    outer: ringOf(outer, file),
    holes: holes.map((hole) => ringOf(hole, file)),
  }));
}

/** A ring in whole pixels; GeoJSON says the first point again at the end. */
function ringOf(positions: readonly QuPathPosition[], file: string): Int32Array {
  const [first, last] = [positions[0], positions.at(-1)];
  const closed = positions.length > 1 && first?.[0] === last?.[0] && first?.[1] === last?.[1];
  const open = closed ? positions.slice(0, -1) : positions;
  if (open.length < 3) throw badAnnotation(`holds a polygon of ${open.length} points`, file);
  if (open.some(([x, y]) => Math.max(Math.abs(x), Math.abs(y)) > 0x7fffffff))
    throw badAnnotation('holds a point that is no pixel of a slide', file);
  return Int32Array.from(open.flatMap(([x, y]) => [Math.round(x), Math.round(y)]));
}

function badAnnotation(message: string, file: string): SlidestreamError {
  return new SlidestreamError({ code: 'tile/bad-annotation', category: 'data', message, where: { file } });
}
