import type { Logger } from '@slidestream/core';
import type { Command } from 'commander';

/** How far a verb is; structurally what recipes report. */
export interface VerbProgress {
  readonly unit: string;
  readonly done: number;
  readonly total: number | null;
  readonly current?: string | undefined;
}

/** What a verb gets from the command line beside its arguments. */
export interface VerbContext {
  readonly logger: Logger;
  readonly onProgress: (progress: VerbProgress) => void;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Colours for a terminal that has them; plain text otherwise. */
  readonly style: { good(text: string): string; warn(text: string): string; bad(text: string): string; faint(text: string): string };
}

/** What a verb gives back; printed in one piece, so that standard output is clean. */
export interface VerbResult {
  /** The one document of `--json`. */
  readonly json: unknown;
  /** What a person reads; nothing is printed when empty. */
  readonly text: string;
  /** 0 when left out. */
  readonly exitCode?: number | undefined;
}

/** Makes an async handler an action of commander's: its first argument is the context, the rest as commander gives them. */
export type Act = <A extends unknown[]>(
  handler: (context: VerbContext, ...args: A) => Promise<VerbResult>,
) => (...args: A) => Promise<void>;

/** Adds a verb's arguments, options, examples and actions to its command. What it works with is imported in the action, not before. */
export type ConfigureVerb = (command: Command, act: Act) => void;
