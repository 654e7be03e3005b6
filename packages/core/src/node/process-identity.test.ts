import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { hasEnded, ownIdentity } from './process-identity.js';

test('this process has not ended', () => {
  expect(hasEnded(ownIdentity())).toBe(false);
});

test('a process that was killed has ended, before and after its parent asks after it', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const identity = { ...ownIdentity(), pid: child.pid as number, processStart: null };
  expect(hasEnded(identity)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(hasEnded(identity)).toBe(true);
});

test('a number that another process has now is not taken for it', () => {
  const own = ownIdentity();
  if (own.processStart === null) return;
  expect(hasEnded({ ...own, processStart: '1' })).toBe(true);
});

test('nothing is said of other machines, and of another space of process numbers on this one', () => {
  expect(hasEnded({ ...ownIdentity(), pid: 2 ** 22 + 1, host: 'elsewhere' })).toBe(false);
  if (ownIdentity().machine !== null) expect(hasEnded({ ...ownIdentity(), pid: 2 ** 22 + 1, machine: 'other' })).toBe(false);
});
