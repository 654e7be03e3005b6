/** Program of a worker process: reads and compresses what it is told to, and ends with the process that started it. */
import { Socket } from 'node:net';
import { failureReply, REPLY_PIPE, type WorkerReply, type WorkerTask, writeReply } from './pack-messages.js';
import { createPortionEncoder } from './pack-portion.js';

const encoder = createPortionEncoder();
const pipe = new Socket({ fd: REPLY_PIPE, readable: false, writable: true });
/** Memory of portions that are sent: one is written to while another is on its way. */
const spare: Uint8Array[] = [];
// A Ctrl-C goes to the whole group: the parent decides what it means, and a parent that is gone closes the channel.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
pipe.on('error', () => process.exit(0));

const answer = (reply: WorkerReply, onSent?: () => void): void => {
  pipe.cork();
  for (const part of writeReply(reply)) pipe.write(part);
  pipe.write(new Uint8Array(0), onSent);
  pipe.uncork();
};
process.on('message', async ({ id, request }: WorkerTask) => {
  try {
    const portion = await encoder.encode(request, spare.pop());
    answer({ id, portion }, () => spare.push(new Uint8Array(portion.bytes.buffer)));
  } catch (error) {
    answer(failureReply(id, error));
  }
});
answer({ id: 'ready' });
