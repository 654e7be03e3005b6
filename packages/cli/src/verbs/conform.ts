import type { Device } from '@slidestream/engine-node';
import { Option } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { formatTable } from '../terminal/table.js';
import type { ConfigureVerb } from '../verb.js';

/** `slidestream conform DIR [--only PATTERN] [--device DEVICE]` */
export const configure: ConfigureVerb = (command, act) => {
  command
    .argument('<dir>', 'folder of golden vectors')
    .option('--only <pattern...>', 'globs on ids, for example "mil/abmil*"')
    .addOption(new Option('--device <device>', 'engine to run on').choices(['cpu', 'cuda', 'webgpu', 'wasm']))
    .addHelpText(
      'after',
      '\nExamples:\n  slidestream conform ../shared/vectors\n  slidestream conform ../shared/vectors --only "encoders/r18*" --json',
    )
    .action(
      act(async ({ onProgress, signal, style }, dir: string, options: { only?: string[]; device?: Device }) => {
        const { conform } = await import('@slidestream/conformance');
        let done = 0;
        const onCase = ({ id }: { id: string }): void => onProgress({ unit: 'cases', done: ++done, total: null, current: id });
        const report = await conform(dir, { only: options.only, device: options.device, signal, onCase });
        const paint = { pass: style.good, fail: style.bad, unknown: style.warn };
        const number = (value: number | null): string => (value === null ? '-' : value.toExponential(2));
        const rows = report.cases.map(({ id, status, error, tolerance, detail }) => [
          id,
          status,
          number(error),
          number(tolerance),
          status === 'pass' ? '' : detail,
        ]);
        const table = formatTable([['case', 'status', 'error', 'tolerance', ''], ...rows]);
        const coloured = table.replaceAll(/ (pass|fail|unknown) /g, (_, status: keyof typeof paint) => ` ${paint[status](status)} `);
        const text = `${coloured}\n\n${report.passed} passed, ${report.failed} failed, ${report.unknown} unknown`;
        const bad = report.failed + report.unknown > 0 || report.cases.length === 0;
        return { json: report, text, exitCode: bad ? exitCodes.data : exitCodes.done };
      }),
    );
};
