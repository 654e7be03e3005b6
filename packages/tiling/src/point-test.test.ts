import { describe, expect, it } from 'vitest';
import { contourTest } from './contour-tests.js';
import { pointTest } from './point-test.js';
import { ringArea, ringBox, scaleRing, withoutCollinear } from './polygon.js';

const square = Int32Array.of(10, 10, 110, 10, 110, 110, 10, 110);
/** A U: two towers on a base. */
const towers = Int32Array.of(0, 0, 10, 0, 10, 30, 20, 30, 20, 0, 30, 0, 30, 40, 0, 40);

describe('pointTest', () => {
  it('tells inside, outline and outside apart', () => {
    const test = pointTest(square);
    expect([test(11, 11), test(10, 50), test(110, 110), test(9, 50), test(60, 111), test(60, 9)]).toEqual([1, 0, 0, -1, -1, -1]);
  });

  it('follows a concave outline, also at half pixels', () => {
    const test = pointTest(towers);
    expect([test(5, 5), test(15, 5), test(25, 5), test(15, 30), test(15, 30.5), test(10.5, 29.5)]).toEqual([1, -1, 1, 0, 1, -1]);
  });

  it('is the same for a ring run the other way round', () => {
    const reversed = Int32Array.from({ length: towers.length }, (_, i) => towers[towers.length - 2 - (i & ~1) + (i & 1)] as number);
    const one = pointTest(towers);
    const other = pointTest(reversed);
    for (let y = -1; y < 42; y++) for (let x = -1; x < 32; x++) expect(other(x, y)).toBe(one(x, y));
  });

  it('handles a spike that goes out and back along one line', () => {
    const test = pointTest(Int32Array.of(0, 0, 10, 0, 20, 0, 10, 0, 10, 10, 0, 10));
    expect([test(15, 0), test(15, 1), test(5, 5)]).toEqual([0, -1, 1]);
  });
});

describe('contourTest', () => {
  // A tile of 40 at (100, 60): corner on the right outline, centre (120, 80), the four points 110 and 130 by 70 and 90.
  const tests = (x: number, y: number) =>
    (['basic', 'center', 'four_pt', 'four_pt_hard'] as const).map((name) => contourTest(name, pointTest(square), 40)(x, y));

  it('asks for the points that CLAM asks for', () => {
    expect(tests(100, 60)).toEqual([true, false, true, false]);
    expect(tests(101, 60)).toEqual([true, false, false, false]);
    expect(tests(80, 60)).toEqual([true, true, true, true]);
    expect(tests(81, 60)).toEqual([true, true, true, false]);
    expect(tests(-20, 60)).toEqual([false, false, true, false]);
  });

  it('falls back to the centre for tiles of one to three pixels', () => {
    expect(contourTest('four_pt', pointTest(square), 3)(9, 9)).toBe(true);
    expect(contourTest('four_pt_hard', pointTest(square), 3)(8, 8)).toBe(false);
  });
});

describe('rings', () => {
  it('have the area and box that OpenCV gives', () => {
    expect(ringArea(square)).toBe(10_000);
    expect(ringArea(towers)).toBe(1200 - 300);
    expect(ringBox(square)).toEqual({ x: 10, y: 10, width: 101, height: 101 });
  });

  it('are cut, not rounded, when they are scaled', () => {
    expect(scaleRing(Int32Array.of(1, 1, 2, 3), { x: 1.9, y: 2.5 })).toEqual(Int32Array.of(1, 2, 3, 7));
  });

  it('keep their shape without the points on straight lines', () => {
    const dense = Int32Array.of(0, 0, 1, 0, 2, 0, 2, 1, 2, 2, 1, 2, 0, 2, 0, 1);
    expect(withoutCollinear(dense)).toEqual(Int32Array.of(0, 0, 2, 0, 2, 2, 0, 2));
  });
});
