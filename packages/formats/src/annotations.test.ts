import { describe, expect, test } from 'vitest';
import {
  annotationsOfSlideflow,
  formatQuPath,
  formatTridentContours,
  parseQuPath,
  parseQuPathFile,
  slideflowRows,
  tilesOfWsinfer,
  wsinferRows,
} from './index.js';

const ring = [
  [0, 0],
  [10.5, 0],
  [10.5, 20],
  [0, 20],
  [0, 0],
];
const hole = [
  [2, 2],
  [4, 2],
  [4, 4],
  [2, 2],
];

describe('QuPath', () => {
  const file = {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        id: '6d1a3c1e-0000-4000-8000-000000000001',
        geometry: { type: 'Polygon', coordinates: [ring, hole] },
        properties: {
          objectType: 'annotation',
          name: 'region',
          color: [1, 2, 3],
          classification: { name: 'Tumor', color: [200, 0, 0] },
          isLocked: true,
          measurements: { 'Area µm^2': 12.5, 'Num cells': 3 },
          metadata: { ANNOTATION_DESCRIPTION: 'by hand', n: '2' },
          childObjects: [
            {
              type: 'Feature',
              geometry: { type: 'Polygon', coordinates: [hole] },
              nucleusGeometry: { type: 'Polygon', coordinates: [hole] },
              properties: {
                objectType: 'cell',
                classification: { names: ['Tumor', 'Positive'], color: [0, 9, 0] },
                measurements: { p: 0.25 },
              },
            },
          ],
        },
      },
      {
        type: 'Feature',
        geometry: { type: 'MultiPolygon', coordinates: [[ring], [hole]], plane: { c: -1, z: 2, t: 0 } },
        properties: { objectType: 'tmaCore', name: 'A-1', color: [9, 9, 9], isMissing: true },
      },
      { type: 'Feature', geometry: { type: 'Point', coordinates: [1, 2] }, properties: { objectType: 'detection' } },
    ],
  };

  test('what QuPath writes comes back equal, cells, cores, colours and unknown properties too', () => {
    expect(JSON.parse(formatQuPath(parseQuPath(JSON.stringify(file))))).toEqual(file);
  });

  test('objects in objects are followed to a bounded depth', () => {
    let nested: unknown = [];
    for (let i = 0; i < 70; i++)
      nested = [{ type: 'Feature', geometry: { type: 'Point', coordinates: [0, 0] }, properties: { childObjects: nested } }];
    expect(() => parseQuPath(JSON.stringify(nested))).toThrow(expect.objectContaining({ code: 'format/geojson' }));
  });
});

test('TRIDENT’s contours come back equal through ours', () => {
  const file = {
    type: 'FeatureCollection',
    name: 'case-1',
    crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::3857' } },
    features: [
      { type: 'Feature', properties: { tissue_id: 0 }, geometry: { type: 'Polygon', coordinates: [ring, hole] } },
      { type: 'Feature', properties: { tissue_id: 3 }, geometry: { type: 'Polygon', coordinates: [ring] } },
    ],
  };
  const read = parseQuPathFile(JSON.stringify(file));
  const ours = parseQuPathFile(formatQuPath(read.features, read.members));
  expect(JSON.parse(formatTridentContours(ours, 'case-1'))).toEqual(file);
});

test('wsinfer’s table comes back equal, and its tiles are those of its own GeoJSON', () => {
  const rows = [
    ['minx', 'miny', 'width', 'height', 'prob_tumor', 'prob_other'],
    ['600', '1200', '175', '175', '0.91', '0.09'],
    ['775', '1200', '175', '175', '1e-05', '0.99999'],
  ];
  const tiles = parseQuPath(formatQuPath(tilesOfWsinfer(rows)));
  expect(tiles[0]).toMatchObject({ objectType: 'tile', isLocked: true, measurements: { prob_tumor: 0.91, prob_other: 0.09 } });
  expect(tiles[0]?.geometry.coordinates).toEqual([
    [
      [775, 1200],
      [775, 1375],
      [600, 1375],
      [600, 1200],
      [775, 1200],
    ],
  ]);
  const [header, ...values] = wsinferRows(tiles);
  expect(header).toEqual(rows[0]);
  expect(values.map((row) => row.map(Number))).toEqual(rows.slice(1).map((row) => row.map(Number)));
  expect(() => wsinferRows(parseQuPath(JSON.stringify([{ geometry: { type: 'Point', coordinates: [1, 2] } }])))).toThrow(
    expect.objectContaining({ code: 'format/annotation-kind' }),
  );
});

test('slideflow’s regions come back equal, and what they have no word for is refused', () => {
  const rows = [
    ['roi_name', 'x_base', 'y_base', 'label'],
    ...[
      ['a', 1, 1, 'tumor'],
      ['a', 5, 1, 'tumor'],
      ['a', 5, 9, 'tumor'],
    ].map((row) => row.map(String)),
    ...[
      ['b', 0, 0, ''],
      ['b', 4, 0, ''],
      ['b', 4, 4, ''],
      ['b', 0, 0, ''],
    ].map((row) => row.map(String)),
  ];
  const annotations = parseQuPath(formatQuPath(annotationsOfSlideflow(rows)));
  expect(slideflowRows(annotations)).toEqual(rows);
  const holed = parseQuPath(JSON.stringify([{ geometry: { type: 'Polygon', coordinates: [ring, hole] } }]));
  expect(() => slideflowRows(holed)).toThrow(expect.objectContaining({ code: 'format/annotation-kind' }));
  expect(() =>
    annotationsOfSlideflow([
      ['roi_name', 'x_base', 'y_base'],
      ['a', '1', 'x'],
    ]),
  ).toThrow(expect.objectContaining({ code: 'format/annotation-table', where: expect.objectContaining({ line: 2 }) }));
});
