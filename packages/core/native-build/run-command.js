import { spawn } from 'node:child_process';
import { SetupError } from './setup-error.js';

const FIRST_LINES = 12;
const LAST_LINES = 20;
const MOST_CHARACTERS = 100_000;
const NETWORK = new RegExp(
  [
    'ENOTFOUND|ETIMEDOUT|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ERR_SOCKET_TIMEOUT|ENETUNREACH|network|proxy',
    'Max retries|NewConnectionError|ConnectTimeout|ReadTimeout|name resolution|No matching distribution|SSLError|getaddrinfo',
  ].join('|'),
  'i',
);

/**
 * Runs a program to its end and returns what it printed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, title?: string, hint?: string, online?: boolean }} [options] -
 *   `online`: it needs the network, so that a failure that looks like the network's is named as such
 * @returns {Promise<string>} standard output
 */
export function runCommand(command, args, options = {}) {
  const title = options.title ?? command;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let all = '';
    const keep = (chunk) => {
      all = all.length < MOST_CHARACTERS ? `${all}${chunk}` : `${all.slice(0, 2000)}\n${all.slice(-MOST_CHARACTERS / 2)}${chunk}`;
    };
    child.stdout.on('data', (chunk) => {
      out += chunk;
      keep(chunk);
    });
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      const hint = error.code === 'ENOENT' ? `Install ${command} and put it on the PATH.` : (options.hint ?? 'See the message above.');
      reject(new SetupError(`${title}: ${error.message}`, hint));
    });
    child.on('close', (code, signal) => {
      if (code === 0) {
        resolve(out);
        return;
      }
      const tail = shorten(all.trimEnd().split('\n'));
      const ended = code === null ? `was ended by ${signal}` : `ended with ${code}`;
      if (options.online && NETWORK.test(all)) {
        const hint =
          "Check the connection. Behind a proxy or mirror, configure npm and pip as usual (npm's `registry` and `proxy`, pip's `index-url` and `proxy`).";
        reject(new SetupError(`${title} could not reach its package index (${ended})`, hint, tail));
      } else if (/ENOSPC|No space left/i.test(all)) {
        reject(new SetupError(`${title}: no space left on the disk`, 'Free some space and run the same command again.', tail));
      } else {
        reject(new SetupError(`${title} ${ended}`, options.hint ?? 'The lines above say why.', tail));
      }
    });
  });
}

/** Tools say the reason first or last: both ends of what they printed. */
function shorten(lines) {
  if (lines.length <= FIRST_LINES + LAST_LINES) return lines.join('\n');
  return [...lines.slice(0, FIRST_LINES), '…', ...lines.slice(-LAST_LINES)].join('\n');
}
