/** Program of a worker process: reads and compresses what it is told to, and ends with the process that started it. */
import { failureReply, portionReply, type WorkerReply, type WorkerTask } from './pack-messages.js';
import { createPortionEncoder } from './pack-portion.js';

const encoder = createPortionEncoder();
// A Ctrl-C goes to the whole group: the parent decides what it means, and a parent that is gone closes the channel.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));

const answer = (reply: WorkerReply): void => {
  process.send?.(reply, undefined, undefined, () => undefined);
};
process.on('message', async ({ id, request }: WorkerTask) => {
  try {
    answer(portionReply(id, await encoder.encode(request)));
  } catch (error) {
    answer(failureReply(id, error));
  }
});
answer({ id: 'ready' });
