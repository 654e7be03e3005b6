import { describe, expect, it } from 'vitest';
import { parsePixelSizes } from './pixel-size-table.js';

describe('parsePixelSizes', () => {
  it('reads our column names and those of AtlasPatch and TRIDENT', () => {
    expect(parsePixelSizes('slide,mpp\na,0.25\nb.svs,\n', 't.csv')).toEqual([{ slide: 'a', mpp: 0.25, line: 2 }]);
    expect(parsePixelSizes('\ufeffwsi,mpp,note\nx/y.tif,0.5,old\n', 't.csv')).toEqual([{ slide: 'x/y.tif', mpp: 0.5, line: 2 }]);
  });

  it.each([
    ['slide,microns\na,1\n', 't.csv:1'],
    ['name,mpp\na,1\n', 't.csv:1'],
    ['slide,mpp\na,0\n', 't.csv:2'],
    ['slide,mpp\na,fine\n', 't.csv:2'],
    ['slide,mpp\n,1\n', 't.csv:2'],
    ['slide,mpp\na,1\na,1\n', 't.csv:3'],
  ])('refuses %j with its line', (text, place) => {
    expect(() => parsePixelSizes(text, 't.csv')).toThrow(place);
  });
});
