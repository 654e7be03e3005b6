import { exitCodes } from '../exit-codes.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

/** `slidestream store stat|verify|export` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .command('stat')
    .description('what is in a tile store')
    .argument('<store>', 'tile store')
    .addHelpText('after', '\nExample:\n  slidestream store stat tiles.lmdb')
    .action(
      act(async (_, path: string) => {
        const { openTileStore } = await import('@slidestream/lmdb-io');
        using store = openTileStore(path);
        const slides = store.slides.map((slide) => ({
          slide,
          tiles: store.tileCount(slide),
          mpp: store.slideInfo(slide)?.scale.mpp ?? null,
        }));
        const tiles = slides.reduce((sum, one) => sum + one.tiles, 0);
        const { header } = store;
        const made =
          header === null ? 'written by another tool' : `${header.tileSizePx} px, JPEG quality ${header.jpegQuality}, by ${header.creator}`;
        const rows = slides.map((one) => [`  ${one.slide}`, `${one.tiles} tiles`, one.mpp === null ? '' : `${one.mpp.toFixed(4)} µm/px`]);
        return {
          json: { path, header, slides, tiles },
          text: `${path}: ${slides.length} slides, ${tiles} tiles, ${made}\n${formatTable(rows)}`,
        };
      }),
    );
  command
    .command('verify')
    .description('check every page, checksum and JPEG; lists all that is wrong')
    .argument('<store>', 'tile store')
    .addHelpText('after', '\nExample:\n  slidestream store verify tiles.lmdb --json')
    .action(
      act(async ({ onProgress, signal }, path: string) => {
        const { verifyTileStore } = await import('@slidestream/lmdb-io');
        const report = await verifyTileStore(path, { signal, onProgress: (done, total) => onProgress({ unit: 'tiles', done, total }) });
        const faults = report.faults.map(({ slide, index, error }) => ({ slide, index, code: error.code, message: error.what }));
        const lines = faults.map(({ slide, index, message }) => `  ${slide}, tile ${index}: ${message}`);
        const verdict = report.ok ? 'sound' : `${faults.length} damaged`;
        const text = [
          `${path}: ${report.slides} slides, ${report.tiles} tiles, ${report.checked} with checksum: ${verdict}`,
          ...lines,
        ].join('\n');
        return { json: { ...report, faults }, text, exitCode: report.ok ? exitCodes.done : exitCodes.data };
      }),
    );
  command
    .command('export')
    .description('write the tiles as files, DIR/{slide}/{index}.jpg')
    .argument('<store>', 'tile store')
    .requiredOption('--out <dir>', 'folder')
    .option('--slides <ids...>', 'these slides only')
    .addHelpText('after', '\nExample:\n  slidestream store export tiles.lmdb --out tiles --slides case-17')
    .action(
      act(async ({ onProgress, signal }, path: string, options: { out: string; slides?: string[] }) => {
        const { openTileStore } = await import('@slidestream/lmdb-io');
        const { exportTiles } = await import('../store/export-tiles.js');
        using store = openTileStore(path);
        const tiles = await exportTiles(store, options, { onProgress, signal });
        return { json: { out: options.out, tiles }, text: `${options.out}: ${tiles} tiles` };
      }),
    );
};
