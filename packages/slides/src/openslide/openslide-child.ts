/** Program of the process that holds OpenSlide: one slide, one request after another; ends with the process that started it. */
import { type BoundSlide, bindOpenSlide, OpenSlideError } from './binding.js';
import type { OpenSlideDescription, OpenSlideMessage, OpenSlideReply, OpenSlideRequest } from './messages.js';

let slide: BoundSlide | undefined;
// A Ctrl-C goes to the whole group: the parent decides what it means, and a parent that is gone closes the channel.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));

const answer = (reply: OpenSlideReply): void => {
  process.send?.(reply, undefined, undefined, () => undefined);
};

function work(request: OpenSlideRequest): OpenSlideDescription | Uint8Array {
  if (request.op === 'open') {
    slide = bindOpenSlide(request.path, request.libraries);
    return slide.description;
  }
  if (slide === undefined) throw new OpenSlideError('failed', 'no slide is open');
  if (request.op === 'associated') return slide.readAssociated(request.name);
  return slide.readRegion(request.level, request.x, request.y, request.width, request.height);
}

process.on('message', ({ id, request }: OpenSlideMessage) => {
  try {
    answer({ id, value: work(request) });
  } catch (error) {
    const failure = error instanceof OpenSlideError ? error.failure : 'failed';
    answer({ id, failure, message: error instanceof Error ? error.message : String(error) });
  }
});
