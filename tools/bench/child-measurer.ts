import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Measurer } from './bench.js';

/**
 * A measurer that lives in a process of its own: it prints one JSON line `{"ready": …}` when it is warm, answers each line
 * of its input with `{"perSecond": number}`, and ends with its input.
 */
export async function childMeasurer(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Measurer> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${command} ${args.join(' ')} ended early`);
    return JSON.parse(value) as Record<string, unknown>;
  };
  await next();
  return {
    async measure() {
      child.stdin.write('measure\n');
      return Number((await next()).perSecond);
    },
    async close() {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.stdin.end();
      await ended;
    },
  };
}

/** Serves `measure` on standard input and output, as {@link childMeasurer} expects. */
export async function serveMeasurer(measure: () => number | Promise<number>): Promise<void> {
  console.log(JSON.stringify({ ready: true }));
  for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify({ perSecond: await measure() }));
}
