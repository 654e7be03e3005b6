import { SlidestreamError } from '@slidestream/core';
import type { MissingTiles, SlideReader } from '@slidestream/slides';
import { Option } from 'commander';
import { numberOption } from '../options/numbers.js';
import { readerOption } from '../options/reader.js';
import type { ConfigureVerb } from '../verb.js';

interface RegionOptions {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly level?: number;
  readonly mpp?: number;
  readonly slideMpp?: number;
  readonly out: string;
  readonly reader: SlideReader;
  readonly missingTiles: MissingTiles;
}

/** Largest region in pixels: what a person looks at, not a whole slide by mistake. */
const MOST_PIXELS = 200_000_000;

/** `slidestream region SLIDE --x --y --width --height --out F.png` */
export const configure: ConfigureVerb = (command, act) => {
  const whole = numberOption({ integer: true });
  const size = numberOption({ integer: true, atLeast: 1 });
  command
    .argument('<slide>', 'slide file')
    .requiredOption('--x <px>', 'left, in level-0 pixels', whole)
    .requiredOption('--y <px>', 'top, in level-0 pixels', whole)
    .requiredOption('--width <px>', 'width of the output', size)
    .requiredOption('--height <px>', 'height of the output', size)
    .option('--level <n>', 'pyramid level (default 0)', numberOption({ integer: true, atLeast: 0 }))
    .option('--mpp <µm>', 'µm per output pixel, resampled', numberOption({ moreThan: 0 }))
    .option('--slide-mpp <µm>', 'pixel size of a slide that does not say it', numberOption({ moreThan: 0 }))
    .addOption(readerOption())
    .addOption(new Option('--missing-tiles <what>', 'what the file does not hold').choices(['error', 'white']).default('error'))
    .requiredOption('--out <file>', 'PNG to write')
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream region a.svs --x 1000 --y 2000 --width 512 --height 512 --out a.png\n  slidestream region a.svs --x 0 --y 0 --width 800 --height 600 --mpp 4 --out overview.png',
    )
    .action(
      act(async ({ signal }, path: string, options: RegionOptions) => {
        if (options.level !== undefined && options.mpp !== undefined) throw usage('give --level or --mpp, not both');
        if (options.width * options.height > MOST_PIXELS) throw usage(`a region has at most ${MOST_PIXELS / 1e6} megapixels`);
        const { encodePng, openSlide, resizeRgb } = await import('@slidestream/slides');
        const { writeFileAtomic } = await import('@slidestream/core/node');
        await using slide = await openSlide(path, { mpp: options.slideMpp, reader: options.reader, missingTiles: options.missingTiles });
        const plan = planRead(slide.info, options);
        const { x, y } = options;
        const read = await slide.readRegion({ level: plan.level, x, y, width: plan.width, height: plan.height, signal });
        const image =
          plan.width === options.width && plan.height === options.height ? read : await resizeRgb(read, options.width, options.height);
        await writeFileAtomic(options.out, await encodePng(image));
        const missingTiles = read.missingTiles ?? 0;
        const json = { slide: path, x, y, width: image.width, height: image.height, level: plan.level, missingTiles, out: options.out };
        const blank = missingTiles === 0 ? '' : `; ${missingTiles} tiles that the file does not hold are white`;
        return { json, text: `${options.out}: ${image.width} × ${image.height} px from level ${plan.level}${blank}` };
      }),
    );
};

/** Which level is read, and how much of it, for an output of the asked size. */
function planRead(
  info: {
    readonly mpp: { readonly x: number; readonly y: number } | null;
    readonly path: string;
    readonly levels: readonly { readonly index: number; readonly downsample: number }[];
  },
  { level, mpp, width, height }: RegionOptions,
): { readonly level: number; readonly width: number; readonly height: number } {
  if (mpp === undefined) {
    const chosen = level ?? 0;
    if (chosen >= info.levels.length) throw usage(`${info.path} has levels 0 to ${info.levels.length - 1}`);
    return { level: chosen, width, height };
  }
  if (info.mpp === null) {
    throw new SlidestreamError({
      code: 'slide/no-mpp',
      category: 'data',
      message: 'the slide does not say its pixel size, so --mpp cannot be met',
      where: { file: info.path },
      hint: 'Give its pixel size with --slide-mpp',
    });
  }
  const downsample = { x: mpp / info.mpp.x, y: mpp / info.mpp.y };
  const finest = Math.min(downsample.x, downsample.y) * (1 + 1e-6);
  const best = info.levels.findLast((one) => one.downsample <= finest) ?? info.levels[0];
  if (best === undefined) throw usage(`${info.path} has no levels`);
  return {
    level: best.index,
    width: Math.max(1, Math.round((width * downsample.x) / best.downsample)),
    height: Math.max(1, Math.round((height * downsample.y) / best.downsample)),
  };
}

function usage(message: string): SlidestreamError {
  return new SlidestreamError({ code: 'cli/usage', category: 'usage', message });
}
