import { exitCodes } from '../exit-codes.js';

/**
 * A signal that aborts at the first SIGINT or SIGTERM: what is at hand is finished and kept. The second SIGINT ends the process at once.
 */
export function abortOnSignals(say: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  const stop = (name: NodeJS.Signals): void => {
    asked++;
    if (asked > 1) process.exit(exitCodes.interrupted);
    say(`${name}: finishing what is at hand; once more to stop at once`);
    controller.abort(name);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
