/** A closed ring of integer points, flat [x0, y0, x1, y1, …]. */
export type Ring = Int32Array;

/** Twice-signed shoelace area of a ring as OpenCV's `contourArea` gives it: always positive, in square pixels. */
export function ringArea(ring: Ring): number {
  let twice = 0;
  let px = ring[ring.length - 2] as number;
  let py = ring[ring.length - 1] as number;
  for (let i = 0; i < ring.length; i += 2) {
    const x = ring[i] as number;
    const y = ring[i + 1] as number;
    twice += px * y - py * x;
    px = x;
    py = y;
  }
  return Math.abs(twice) / 2;
}

/** Upright box of a ring as OpenCV's `boundingRect`: the last row and column belong to it. */
export function ringBox(ring: Ring): { readonly x: number; readonly y: number; readonly width: number; readonly height: number } {
  let left = ring[0] as number;
  let right = left;
  let top = ring[1] as number;
  let bottom = top;
  for (let i = 2; i < ring.length; i += 2) {
    const x = ring[i] as number;
    const y = ring[i + 1] as number;
    if (x < left) left = x;
    else if (x > right) right = x;
    if (y < top) top = y;
    else if (y > bottom) bottom = y;
  }
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Every coordinate of a ring times a factor, cut to an integer as numpy's cast to int32 does. */
export function scaleRing(ring: Ring, scale: { readonly x: number; readonly y: number }): Ring {
  const out = new Int32Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    out[i] = Math.trunc((ring[i] as number) * scale.x);
    out[i + 1] = Math.trunc((ring[i + 1] as number) * scale.y);
  }
  return out;
}

/** A ring without the points that lie on the straight way between their neighbours: the same shape in fewer points. */
export function withoutCollinear(ring: Ring): Ring {
  const points: number[] = [];
  const count = ring.length / 2;
  if (count < 4) return ring;
  for (let i = 0; i < count; i++) {
    const before = (i + count - 1) % count;
    const after = (i + 1) % count;
    const ax = (ring[2 * i] as number) - (ring[2 * before] as number);
    const ay = (ring[2 * i + 1] as number) - (ring[2 * before + 1] as number);
    const bx = (ring[2 * after] as number) - (ring[2 * i] as number);
    const by = (ring[2 * after + 1] as number) - (ring[2 * i + 1] as number);
    // A spike turns back on itself: its tip is collinear, too, but belongs to the shape.
    const straight = ax * by === ay * bx && ax * bx + ay * by > 0;
    if (!straight && !(ax === 0 && ay === 0)) points.push(ring[2 * i] as number, ring[2 * i + 1] as number);
  }
  return points.length < 6 ? ring : Int32Array.from(points);
}
