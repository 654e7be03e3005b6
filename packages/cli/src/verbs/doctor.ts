import { exitCodes } from '../exit-codes.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

/** `slidestream doctor` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .option('--dir <folder>', 'folder whose free space is looked at', '.')
    .addHelpText('after', '\nExamples:\n  slidestream doctor\n  slidestream doctor --dir /data/run --json')
    .action(
      act(async ({ style }, options: { dir: string }) => {
        const { examine } = await import('../doctor/examine.js');
        const findings = await examine(options.dir);
        const paint = { PASS: style.good, WARN: style.warn, FAIL: style.bad };
        const rows = findings.map(({ status, name, detail, fix }) => [status, name, fix === undefined ? detail : `${detail}. ${fix}`]);
        const text = formatTable(rows).replaceAll(/^(PASS|WARN|FAIL)/gm, (status) => paint[status as keyof typeof paint](status));
        const failed = findings.some(({ status }) => status === 'FAIL');
        return { json: { findings }, text, exitCode: failed ? exitCodes.data : exitCodes.done };
      }),
    );
};
