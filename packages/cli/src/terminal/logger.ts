import type { LogFields, Logger } from '@slidestream/core';

/** Levels in rising order. */
const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** A logger that writes one line a message: for people, or as records of JSON. */
export function createLogger(options: {
  readonly write: (line: string) => void;
  readonly least: LogLevel;
  readonly records: boolean;
  readonly paint?: (level: LogLevel, text: string) => string;
}): Logger {
  const { write, least, records, paint = (_, text) => text } = options;
  const log = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(least)) return;
    if (records) {
      write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
      return;
    }
    const rest = Object.entries(fields ?? {}).map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    write(`${level === 'info' ? '' : `${paint(level, level)}: `}${message}${rest.join('')}\n`);
  };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
