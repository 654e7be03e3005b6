import type { SlideStatus, StageStatus } from '@slidestream/pipelines';
import { Option } from 'commander';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

const STATES: readonly SlideStatus['state'][] = ['done', 'failed', 'held', 'abandoned', 'waiting'];

/** `slidestream status PATH` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('<path>', "tile's or embed's --out, pack's --store, or a folder that holds them")
    .addOption(new Option('--only <states...>', 'slides in these states').choices([...STATES]))
    .addHelpText(
      'after',
      `
States: done; failed (--retry-failed of its verb tries it again); held by a worker; abandoned by one that ended (the next
worker takes it); waiting.

Examples:
  slidestream status tiles
  slidestream status tiles.lmdb --only failed held
  slidestream status runs/e2e --json`,
    )
    .action(
      act(async ({ style }, path: string, { only }: { only?: readonly SlideStatus['state'][] }) => {
        const { folderStatus } = await import('@slidestream/pipelines');
        const stages = (await folderStatus(path)).map((stage) => ({
          ...stage,
          slides: stage.slides.filter(({ state }) => only?.includes(state) ?? true),
        }));
        const paint = { done: style.good, failed: style.bad, held: style.warn, abandoned: style.warn, waiting: style.faint };
        const text = stages.map((stage) =>
          `${headOf(stage)}\n${formatTable(stage.slides.map((one) => rowOf(one, paint[one.state])))}`.trimEnd(),
        );
        return { json: { path, stages }, text: text.join('\n') };
      }),
    );
};

function headOf({ path, stage, counts }: StageStatus): string {
  const total = STATES.reduce((sum, state) => sum + counts[state], 0);
  const parts = STATES.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return `${path}: ${stage}, ${total} slides${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
}

function rowOf({ slide, state, attempts, reason, message, holder }: SlideStatus, paint: (text: string) => string): string[] {
  const why =
    holder === null
      ? [reason, message].filter(Boolean).join(', ')
      : `process ${holder.pid} on ${holder.host}, at work since ${holder.since}`;
  const times = attempts === 0 ? '' : `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  // The last column alone may be painted: others are filled up to their width.
  return [`  ${slide}`, state, times, why === '' ? '' : paint(why)];
}
