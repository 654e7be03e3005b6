import type { CopyOptions, CopyReport } from '@slidestream/lmdb-io';
import { Option } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { coordsSystems } from '../options/coords-systems.js';
import { numberOption } from '../options/numbers.js';
import type { ExportLayout } from '../store/export-tiles.js';
import type { ImportTilesOptions } from '../store/import-tiles.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb, VerbContext, VerbResult } from '../verb.js';

/** `slidestream store stat|verify|export|import|merge|compact` */
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
    .description('write the tiles as files: DIR/{slide}/{index}.jpg, slideflow’s TFRecords, or hs2p’s archives')
    .argument('<store>', 'tile store')
    .requiredOption('--out <dir>', 'folder')
    .addOption(new Option('--as <layout>', 'whose layout is written').choices(['folders', 'tfrecords', 'tar']).default('folders'))
    .option('--slides <ids...>', 'these slides only')
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream store export tiles.lmdb --out tiles --slides case-17\n  slidestream store export tiles.lmdb --out tfrecords --as tfrecords',
    )
    .action(
      act(async (context, path: string, options: { out: string; as: ExportLayout; slides?: string[] }) => {
        const { exportTiles } = await import('../store/export-tiles.js');
        const { slides, tiles } = await exportTiles(path, options, follow(context));
        return { json: { out: options.out, slides, tiles }, text: `${options.out}: ${slides} slides, ${tiles} tiles` };
      }),
    );
  command
    .command('import')
    .description('bring tiles of another tool into a store: the reference’s LMDB, folders of JPEGs, slideflow’s TFRecords, hs2p’s archives')
    .argument('<from>', 'LMDB file or folder')
    .argument('<store>', 'tile store, new or begun by an earlier import')
    .option('--coords <dir>', 'tile coordinates of the same slides, row i that of tile i')
    .addOption(new Option('--coords-from <system>', 'whose coordinates they are').choices(coordsSystems).default('slidestream'))
    .option('--tile-size-level0 <px>', 'side of a tile at level 0, where nothing says it', numberOption({ moreThan: 0 }))
    .option('--tile-mpp <µm>', 'µm per pixel of a tile, where nothing says it', numberOption({ moreThan: 0 }))
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream store import reference.lmdb tiles.lmdb --coords clam-out --coords-from clam\n  slidestream store import tfrecords/ tiles.lmdb --tile-size-level0 302 --tile-mpp 0.5',
    )
    .action(
      act(async (context, from: string, path: string, options: ImportTilesOptions) => {
        const { importTiles } = await import('../store/import-tiles.js');
        return copied(path, await importTiles(from, path, options, follow(context)));
      }),
    );
  command
    .command('merge')
    .description('put the slides of several stores into one')
    .argument('<store>', 'tile store, new or begun by an earlier merge')
    .argument('<shards...>', 'stores, in the order in which their slides shall stand')
    .addHelpText('after', '\nExample:\n  slidestream store merge tiles.lmdb shard-*.lmdb')
    .action(
      act(async (context, path: string, shards: string[]) => {
        const { mergeTileStores } = await import('@slidestream/lmdb-io');
        return copied(path, await mergeTileStores(shards, path, follow(context)));
      }),
    );
  command
    .command('compact')
    .description('write a store anew without the space that killed runs and removed slides left')
    .argument('<store>', 'tile store')
    .addHelpText('after', '\nExample:\n  slidestream store compact tiles.lmdb')
    .action(
      act(async (context, path: string) => {
        const { compactTileStore } = await import('@slidestream/lmdb-io');
        const report = await compactTileStore(path, follow(context));
        const text = `${path}: ${report.slides} slides, ${report.bytesBefore} bytes before, ${report.bytesAfter} now`;
        return { json: { path, ...report }, text };
      }),
    );
};

function follow({ onProgress, signal }: VerbContext): CopyOptions {
  return { signal, onSlide: (current, done, total) => onProgress({ unit: 'slides', done, total, current }) };
}

function copied(path: string, report: CopyReport): VerbResult {
  const kept = report.kept === 0 ? '' : ` (${report.kept} slides were there)`;
  return { json: { path, ...report }, text: `${path}: ${report.slides} slides, ${report.tiles} tiles${kept}` };
}
