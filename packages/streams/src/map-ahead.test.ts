import { expect, it } from 'vitest';
import { mapAhead } from './map-ahead.js';

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

it('prepares the next results in order while the consumer works, and no more than asked', async () => {
  let started = 0;
  const load = async (i: number) => {
    started++;
    await delay(3 - (i % 3));
    return i;
  };
  const seen: number[] = [];
  for await (const value of mapAhead(load, { ahead: 2 })(Array.from({ length: 20 }, (_, i) => i))) {
    seen.push(value);
    await delay(8);
    expect(started).toBe(Math.min(20, seen.length + 2));
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

it('with ahead 0 works on one item at a time', async () => {
  let running = 0;
  const load = async (i: number) => {
    running++;
    return i;
  };
  for await (const value of mapAhead(load, { ahead: 0 })([0, 1, 2])) {
    await delay(2);
    expect(running).toBe(value + 1);
  }
});
