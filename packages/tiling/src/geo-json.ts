import { createHash } from 'node:crypto';
import { type Ring, ringArea, withoutCollinear } from './polygon.js';
import type { SlideTissue } from './types.js';

/** A tissue outline as QuPath reads it: level-0 pixels, y down. */
export interface TissueFeature {
  readonly type: 'Feature';
  readonly id: string;
  readonly geometry: { readonly type: 'Polygon'; readonly coordinates: readonly (readonly (readonly [x: number, y: number])[])[] };
  readonly properties: {
    readonly objectType: 'annotation';
    readonly name: string;
    readonly classification: { readonly name: string; readonly color: readonly [number, number, number] };
    readonly tissue_id: number;
    readonly measurements: { readonly areaPx: number };
  };
}

/** Tissue of one slide as GeoJSON. */
export interface TissueCollection {
  readonly type: 'FeatureCollection';
  readonly features: readonly TissueFeature[];
}

/**
 * Tissue as QuPath's GeoJSON (FORMATS §7): one polygon per piece, holes as inner rings, points on straight lines left out. Ids depend
 * on the outline alone, so that the same tissue gives the same file.
 */
export function toGeoJson(tissue: SlideTissue): TissueCollection {
  return {
    type: 'FeatureCollection',
    features: tissue.contours.map(({ outer, holes }, index) => ({
      type: 'Feature',
      id: uuidOf(outer, index),
      geometry: { type: 'Polygon', coordinates: [outer, ...holes].map(closedRing) },
      properties: {
        objectType: 'annotation',
        name: `Tissue ${index}`,
        classification: { name: 'Tissue', color: [0, 200, 0] },
        tissue_id: index,
        measurements: { areaPx: ringArea(outer) - holes.reduce((sum, hole) => sum + ringArea(hole), 0) },
      },
    })),
  };
}

function closedRing(ring: Ring): (readonly [number, number])[] {
  const points = withoutCollinear(ring);
  const out: (readonly [number, number])[] = [];
  for (let i = 0; i < points.length; i += 2) out.push([points[i] as number, points[i + 1] as number]);
  out.push(out[0] as readonly [number, number]);
  return out;
}

/** A name-based UUID (RFC 9562, version 8) of an outline. */
function uuidOf(ring: Ring, index: number): string {
  const hash = createHash('sha256')
    .update(`tissue ${index}`)
    .update(Buffer.from(ring.buffer, ring.byteOffset, ring.byteLength))
    .digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x80;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
