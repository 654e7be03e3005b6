import { numberOption } from '../options/numbers.js';
import type { ConfigureVerb } from '../verb.js';

interface HeatmapVerbOptions {
  readonly slide: string;
  readonly out: string;
  readonly fold?: number;
  readonly slideMpp?: number;
  readonly extremes?: number;
}

/** `slidestream heatmap RUN --slide S --out DIR` */
export const configure: ConfigureVerb = (command, act) => {
  const whole = numberOption({ integer: true, atLeast: 0 });
  command
    .argument('<run>', 'folder of a finished run')
    .requiredOption('--slide <file>', 'slide to look at')
    .requiredOption('--out <dir>', 'where the pictures go')
    .option('--fold <n>', 'fold whose model is used (default 0)', whole)
    .option('--slide-mpp <µm>', 'pixel size of a slide that does not say it', numberOption({ moreThan: 0 }))
    .option('--extremes <n>', 'tiles with most and least attention to keep (default 8)', whole)
    .addHelpText('after', '\nExample:\n  slidestream heatmap runs/first --slide slides/case-17.svs --out heatmaps')
    .action(
      act(async (context, run: string, { slide, out, fold, slideMpp, extremes }: HeatmapVerbOptions) => {
        const { heatmapSlide } = await import('@slidestream/pipelines');
        const summary = await heatmapSlide({ run, slide, out, fold, mpp: slideMpp, extremes }, context);
        const said = summary.prediction === null ? '' : `, predicted ${summary.prediction}`;
        return { json: summary, text: `${summary.slide}: ${summary.tiles} tiles${said}; ${summary.files.length} files in ${out}` };
      }),
    );
};
