import type { RunPlan } from '@slidestream/pipelines';
import { exitCodes } from '../exit-codes.js';
import { numberOption } from '../options/numbers.js';
import { loadRun } from '../options/run-config.js';
import { formatDuration } from '../terminal/duration.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

interface PlanVerbOptions {
  readonly config: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly sample: number;
}

/** `slidestream plan -c CONFIG` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .requiredOption('-c, --config <file>', 'YAML of the run')
    .option('--set <key=value...>', 'overrides, for example training.epochs=5 data.slides=/mnt/slides')
    .option('--out <dir>', 'where the run would go: whose free space counts')
    .option('--sample <n>', 'slides whose tissue is looked at', numberOption({ integer: true, atLeast: 1 }), 8)
    .addHelpText(
      'after',
      `
Opens every slide, finds the tissue of some, and times the model on their tiles; writes nothing. Times are of this machine as busy as it is.

Example:
  slidestream plan -c configs/cohort-e2e.yaml --out runs/e2e`,
    )
    .action(
      act(async (context, options: PlanVerbOptions) => {
        const { value: config } = await loadRun(options.config, options.set ?? []);
        const { planRun } = await import('@slidestream/pipelines');
        const plan = await planRun({ config, out: options.out ?? config.output, sample: options.sample }, context);
        const exitCode = plan.slides.unreadable.length > 0 ? exitCodes.partial : exitCodes.done;
        return { json: plan, text: describe(plan), exitCode };
      }),
    );
};

function describe({ slides, tiles, sampled, folds, steps, seconds, diskBytes, memoryBytes, parameters, machine }: RunPlan): string {
  const size = (bytes: number): string => (bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
  const total = (figures: object): number => Object.values(figures).reduce((sum: number, one: number) => sum + one, 0);
  const parts = (figures: object, format: (figure: number) => string): string =>
    Object.entries(figures)
      .filter(([, figure]) => (figure as number) > 0)
      .map(([name, figure]) => `${name} ${format(figure as number)}`)
      .join(', ');
  const disk = total(diskBytes);
  const rows = [
    [
      'slides',
      `${slides.usable}`,
      `with a label and readable; ${slides.unreadable.length} unreadable, ${slides.unlabelled} without a label`,
    ],
    ['tiles', `${total(tiles)}`, `${parts(tiles, String)}; from ${sampled} slides`],
    ['steps', `${steps}`, `${folds} ${folds === 1 ? 'fold' : 'folds'}, ${(parameters / 1e6).toFixed(1)} million parameters`],
    ['time', formatDuration(total(seconds)), parts(seconds, formatDuration)],
    ['disk', size(disk), `${parts(diskBytes, size)}; ${size(machine.freeBytes)} free`],
    ['memory', size(memoryBytes), `of ${size(machine.memoryBytes)}`],
  ];
  const lines = [formatTable(rows)];
  if (disk > machine.freeBytes) lines.push('WARN  the disk is too small: free some space, lower store.quality, or choose another --out');
  if (memoryBytes > machine.memoryBytes) lines.push('WARN  memory is too small: lower training.tilesPerChunk or encoder.inputSizePx');
  if (slides.missing.length > 0)
    lines.push(
      `WARN  ${slides.missing.length} slides of the label table are not there, for example ${slides.missing.slice(0, 3).join(', ')}`,
    );
  for (const { slide, code, message } of slides.unreadable) lines.push(`  left out ${slide}: ${code}, ${message}`);
  return lines.join('\n');
}
