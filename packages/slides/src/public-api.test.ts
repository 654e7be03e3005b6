import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as slides from './index.js';
import { TIFF_READER } from './reader-version.js';

test('the public surface', () => {
  expect(Object.keys(slides).sort()).toMatchInlineSnapshot(`
    [
      "decodeJpeg",
      "decodeJpegsInto",
      "encodeJpeg",
      "encodePng",
      "findSlides",
      "jpegBackend",
      "openSlide",
      "readRegionAtMpp",
      "resizeRgb",
      "slideExtensions",
      "slideId",
      "slideReaders",
    ]
  `);
});

test('the recorded reader version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(TIFF_READER.version).toBe(version);
});
