import { Command, CommanderError } from 'commander';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import { describeError, errorToJson } from './terminal/describe-error.js';
import { createLogger, type LogLevel } from './terminal/logger.js';
import { createProgressMeter, type ProgressMode } from './terminal/progress-meter.js';
import { abortOnSignals } from './terminal/signals.js';
import { createStyle } from './terminal/style.js';
import type { Act, VerbContext, VerbResult } from './verb.js';
import { type VerbEntry, verbs } from './verbs.js';
import { version } from './version.js';

/** Options that every verb has. */
interface CommonOptions {
  readonly json?: true;
  readonly debug?: true;
  readonly quiet?: true;
  readonly verbose?: true;
}

/** Runs the command line and sets the exit code of the process. @param args - without node and script */
export async function main(args: readonly string[]): Promise<void> {
  // Libraries below look at process.argv too (the engine's loader takes --dir and --debug for its own): there is nothing for them to see.
  process.argv.splice(2);
  process.stdout.on('error', endOnClosedPipe);
  // Nobody listens to progress any more: the work goes on.
  process.stderr.on('error', () => undefined);
  const debug = args.includes('--debug');
  const json = args.includes('--json');
  const fail = (error: unknown): void => {
    process.exitCode = exitCodeOf(error);
    if (json) process.stdout.write(`${JSON.stringify(errorToJson(error), null, 2)}\n`);
    const style = createStyle(process.stderr);
    process.stderr.write(`${style.bad('slidestream:')} ${describeError(error, debug)}\n`);
  };
  const failAtOnce = (error: unknown): void => {
    fail(error);
    process.exit();
  };
  process.on('uncaughtException', failAtOnce);
  process.on('unhandledRejection', failAtOnce);
  try {
    await (await buildProgram(args)).parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    else fail(error);
  }
}

/** All verbs by name, of which only the one that is called is loaded. */
async function buildProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('slidestream')
    .description('Slide-level learning in computational pathology: from gigapixel slides to a trained model and its report.')
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      `\nslidestream VERB --help shows a verb's options and examples. Exit codes: 0 done, 1 internal error, 2 wrong usage or\nconfiguration, 3 done but some slides were left out, 65 bad data, 74 input/output, 75 stopped on request.`,
    );
  const called = verbs.find(({ name }) => name === args[0]);
  for (const verb of verbs) await addVerb(program, verb, verb === called);
  if (args.length === 0) program.action(() => program.help({ error: true }));
  return program;
}

async function addVerb(program: Command, verb: VerbEntry, called: boolean): Promise<void> {
  const command = program.command(verb.name).description(verb.summary).exitOverride();
  if (!called) return;
  const { configure } = await verb.load();
  configure(command, act);
  for (const one of [command, ...command.commands]) if (one.commands.length === 0) addCommonOptions(one);
}

function addCommonOptions(command: Command): void {
  command
    .option('--json', 'one JSON document on standard output; logs and progress as JSON lines on standard error')
    .option('--quiet', 'warnings and errors only')
    .option('--verbose', 'say more')
    .option('--debug', 'stack traces of errors');
  command.exitOverride();
}

/** Gives a verb its context, waits for it, and prints its result in one piece. */
const act: Act =
  (handler) =>
  async (...args) => {
    const command = args.at(-1) as unknown as Command;
    const options = command.optsWithGlobals() as CommonOptions;
    const { context, clear } = createContext(options);
    let result: VerbResult;
    try {
      result = await handler(context, ...args);
    } finally {
      clear();
    }
    process.exitCode = result.exitCode ?? exitCodes.done;
    const text = options.json === true ? JSON.stringify(result.json, null, 2) : result.text;
    if (text !== '') process.stdout.write(`${text}\n`);
  };

function createContext(options: CommonOptions): { readonly context: VerbContext; readonly clear: () => void } {
  const records = options.json === true;
  const least: LogLevel = options.debug === true || options.verbose === true ? 'debug' : options.quiet === true ? 'warn' : 'info';
  const mode: ProgressMode = options.quiet === true ? 'none' : records ? 'records' : process.stderr.isTTY === true ? 'line' : 'plain';
  const write = (text: string): void => void process.stderr.write(text);
  const meter = createProgressMeter(mode, write, { columns: () => process.stderr.columns ?? 80 });
  const paint = createStyle(process.stderr);
  const say = (line: string): void => {
    meter.clear();
    write(line);
  };
  const logger = createLogger({
    write: say,
    least,
    records,
    paint: (level, text) => (level === 'error' ? paint.bad(text) : level === 'warn' ? paint.warn(text) : paint.faint(text)),
  });
  const signal = abortOnSignals((line) => logger.warn(line));
  return {
    context: { logger, onProgress: (progress) => meter.report(progress), signal, style: createStyle(process.stdout) },
    clear: meter.clear,
  };
}

/** A reader that has seen enough (`| head`) is no error of ours. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}
