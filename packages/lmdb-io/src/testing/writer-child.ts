import { createTileStore } from '../create-tile-store.js';
import { madeUpInfo, madeUpTiles, testHeader } from './made-up-slides.js';

/** Writes twelve made-up slides into the store named on the command line; the parent kills it at some instant. */
const path = process.argv[2] as string;
const store = await createTileStore(path, testHeader, { batchBytes: 60_000 });
process.stdout.write('ready\n');
const write = async (i: number): Promise<void> => {
  const slide = `case-${i}`;
  const count = 20 + 7 * i;
  if (!store.has(slide)) await store.writeSlide(slide, madeUpInfo(count), madeUpTiles(slide, count));
  process.stdout.write(`done ${slide}\n`);
};
// Three at a time: they share commits.
for (let i = 0; i < 12; i += 3) await Promise.all([write(i), write(i + 1), write(i + 2)]);
await store.close();
process.stdout.write('closed\n');
