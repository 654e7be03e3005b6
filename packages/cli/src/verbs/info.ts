import type { SlideInfo, SlideReader } from '@slidestream/slides';
import { exitCodes } from '../exit-codes.js';
import { readerOption } from '../options/reader.js';
import { errorToJson } from '../terminal/describe-error.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

/** `slidestream info SLIDE…` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('<slides...>', 'files, folders (searched), or a CSV of slides')
    .addOption(readerOption())
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream info slide.svs\n  slidestream info slide.ndpi --reader openslide\n  slidestream info --json slides/ > slides.json',
    )
    .action(
      act(async ({ signal, logger }, paths: string[], { reader }: { readonly reader: SlideReader }) => {
        const { findSlides, openSlide } = await import('@slidestream/slides');
        const { isItemFailure } = await import('@slidestream/streams');
        const files = await findSlides(paths);
        // A function of its own: what tsx makes of "await using" inside a loop remembers the error of an earlier turn.
        const infoOf = async (path: string): Promise<SlideInfo> => {
          await using slide = await openSlide(path, { reader });
          return slide.info;
        };
        const found: unknown[] = [];
        const texts: string[] = [];
        let failed: unknown;
        for (const { path } of files) {
          signal.throwIfAborted();
          try {
            const info = await infoOf(path);
            found.push(info);
            texts.push(describe(info));
          } catch (error) {
            // One slide asked for: its error is the answer. Of many, the others are still wanted.
            if (files.length === 1 || !isItemFailure(error)) throw error;
            failed ??= error;
            found.push({ path, ...errorToJson(error) });
            logger.warn(error instanceof Error ? error.message : String(error));
          }
        }
        const exitCode = failed === undefined ? exitCodes.done : exitCodes.partial;
        return { json: files.length === 1 ? found[0] : found, text: texts.join('\n\n'), exitCode };
      }),
    );
};

function describe(info: SlideInfo): string {
  const { path, vendor, width, height, mpp, objective, levels, associated, reader } = info;
  const size =
    mpp === null ? 'unknown: give it with --mpp where it is needed' : `${mpp.x.toFixed(4)} × ${mpp.y.toFixed(4)} µm/px (${mpp.source})`;
  const rows = levels.map((level) => [
    `  ${level.index}`,
    `${level.width} × ${level.height}`,
    `1/${Number(level.downsample.toFixed(3))}`,
    `tiles ${level.tileWidth} × ${level.tileHeight}`,
    level.compression,
    level.missingTiles === undefined || level.missingTiles === 0 ? '' : `${level.missingTiles} tiles missing`,
  ]);
  return [
    path,
    `  ${vendor}, ${width} × ${height} px, read by ${reader.name} ${reader.version}`,
    `  pixel size ${size}`,
    `  objective ${objective === null ? 'unknown' : `${objective}×`}`,
    `  levels`,
    formatTable(rows.map((row) => [`  ${row[0]}`, ...row.slice(1)])),
    `  associated ${associated.length === 0 ? 'none' : associated.map((image) => `${image.name} ${image.width} × ${image.height}`).join(', ')}`,
  ].join('\n');
}
