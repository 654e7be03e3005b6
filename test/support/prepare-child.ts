/** Tiles and packs the slide named on the command line in this process alone; prints how many tiles there are and the most memory that it took. */
import { join } from 'node:path';
import { silentLogger } from '@slidestream/core';
import { packTiles, tileSlides } from '@slidestream/pipelines';
import { defaultParameters } from '@slidestream/tiling';

const [slide = '', out = ''] = process.argv.slice(2);
const context = { logger: silentLogger, onProgress: () => undefined, signal: new AbortController().signal };
const scales = new Map([['high', { tileSizePx: 512, at: { kind: 'level', level: 0 } } as const]]);
const tiled = await tileSlides({ slides: [slide], out, scales, parameters: { ...defaultParameters, a_t: 1 }, pictures: false }, context);
const summary = await packTiles({ coords: out, slides: [slide], store: join(out, 'tiles.lmdb'), workers: 1 }, context);
const failures = [...summary.failures, ...tiled.slides.filter(({ message }) => message !== undefined)];
process.stdout.write(JSON.stringify({ tiles: summary.tiles.high, failures, megabytes: process.resourceUsage().maxRSS / 1024 }));
