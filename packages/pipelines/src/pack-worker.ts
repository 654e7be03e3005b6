/** Program of a worker process: reads and compresses what it is told to, and ends with the process that started it. */
import { writeSync } from 'node:fs';
import { failureReply, type WorkerReply, type WorkerTask } from './pack-messages.js';
import { createPortionEncoder, type Portion } from './pack-portion.js';

const encoder = createPortionEncoder();
const NO_BYTES = new Uint8Array(0);
/** Of the portion before, which has been written or copied when the next one begins. */
let memory: Uint8Array | undefined;
// A Ctrl-C goes to the whole group: the parent decides what it means, and a parent that is gone closes the channel.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));

const answer = (reply: WorkerReply): void => {
  process.send?.(reply, undefined, undefined, () => undefined);
};
/** Node's channel of messages copies bytes four times: they go into a file that both processes have open. Without room there they are sent. */
const portionReply = (id: number, portion: Portion, file: number): WorkerReply => {
  const { bytes } = portion;
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, done);
  } catch {
    return { id, portion, bytesInFile: 0 };
  }
  return { id, portion: { ...portion, bytes: NO_BYTES }, bytesInFile: bytes.length };
};
const work = async ({ id, request, file }: WorkerTask): Promise<void> => {
  try {
    const portion = await encoder.encode(request, memory);
    memory = new Uint8Array(portion.bytes.buffer);
    answer(portionReply(id, portion, file));
  } catch (error) {
    answer(failureReply(id, error));
  }
};
let last: Promise<void> = Promise.resolve();
process.on('message', (task: WorkerTask) => {
  last = last.then(() => work(task));
});
answer({ id: 'ready' });
