import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process that others may ask after, as it writes itself into files that machines share. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** The machine's start and the space of process numbers, so that containers of one host name are told apart; `null` where that is unknown. */
  readonly machine?: string | null | undefined;
  /** When the process began, in the kernel's ticks, so that a reused number is not taken for it; `null` where that is unknown. */
  readonly processStart: string | null;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, host: hostname(), machine: machine(), processStart: look(process.pid)?.start ?? null };
}

/** Whether a process has certainly ended: `false` for one that lives, and for one on another machine, of which nothing is known. */
export function hasEnded(other: ProcessIdentity): boolean {
  const own = { host: hostname(), machine: machine() };
  if (other.host !== own.host || (other.machine ?? own.machine) !== own.machine) return false;
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  const seen = look(other.pid);
  // One whose parent has not asked after it yet is ended, though its number is still taken.
  if (seen === undefined || seen.state === 'Z' || seen.state === 'X') return seen !== undefined;
  return other.processStart !== null && seen.start !== other.processStart;
}

function machine(): string | null {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function look(pid: number): { readonly state: string; readonly start: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', start: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
